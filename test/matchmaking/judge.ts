import assert from "node:assert/strict";
import type {
  Candidate,
  Decision,
  Match,
  OpenRoom,
  QueueRules,
} from "../../src/matchmaking/matchmaking-types.rules.ts";

/**
 * An opinion of its own about what a pass may decide: it reads the queue's data and the tickets, and shares no code with
 * the rules it judges.
 */
export class Judge {
  readonly waiting = new Map<string, Candidate>();
  readonly matched = new Set<string>();
  readonly #rules: QueueRules;

  constructor(rules: QueueRules) {
    this.#rules = rules;
  }

  put(candidate: Candidate): void {
    this.waiting.set(candidate.id, candidate);
  }

  judge(decision: Decision, now: number, served: readonly string[], rooms: readonly OpenRoom[] = []): void {
    for (const ticket of decision.timedOut) {
      assert.ok(now - this.#ticket(ticket).since >= this.#rules.timeoutSeconds * 1000, "timed out too early");
      this.waiting.delete(ticket);
    }
    for (const { sessionId, teams } of decision.backfills) {
      this.#judgeBackfill(rooms.find((room) => room.sessionId === sessionId)!, teams, now);
    }
    for (const match of decision.matches) this.#judgeMatch(match, now, served);
    assert.equal(decision.waiting, this.waiting.size);
    for (const { since } of this.waiting.values()) {
      assert.ok(now - since < this.#rules.timeoutSeconds * 1000, "waits beyond its time-out");
    }
  }

  /** Whether two tickets could play together now, but for how many they are. */
  together(a: Candidate, b: Candidate, now: number, served: readonly string[]): boolean {
    const distance = Math.abs(ratingOf(a) - ratingOf(b));
    const inside = distance <= this.#ratingWindow(a.since, now) && distance <= this.#ratingWindow(b.since, now);
    return inside && served.some((region) => this.#reaches(a, region, now) && this.#reaches(b, region, now));
  }

  #judgeMatch({ teams, region, quality, winProbability, at }: Match, now: number, served: readonly string[]): void {
    const rules = this.#rules;
    const tickets = teams.map((team) => team.map((id) => this.#ticket(id)));
    assert.equal(at, now);
    assert.ok(served.includes(region) && (rules.regions === "any" || rules.regions.includes(region)), region);
    this.#judgeSizes(tickets, now);
    for (const team of tickets) this.#judgeRoles(team.flatMap(({ players }) => players));
    const all = tickets.flat();
    for (const a of all) {
      assert.ok(this.#reaches(a, region, now), "sent too far");
      for (const b of all) {
        const distance = Math.abs(ratingOf(a) - ratingOf(b));
        assert.ok(distance <= this.#ratingWindow(a.since, now), "outside the window");
      }
    }
    assert.ok(quality >= 0 && quality <= 1);
    assert.equal(winProbability.length, teams.length);
    assert.ok(Math.abs(winProbability.reduce((sum, won) => sum + won, 0) - 1) < 1e-4);
    this.#take(all);
  }

  #judgeSizes(tickets: readonly (readonly Candidate[])[], now: number): void {
    const { teams, teamSize, minPlayers, partialAfterSeconds } = this.#rules;
    const sizes = tickets.map((team) => team.reduce((sum, { players }) => sum + players.length, 0));
    assert.ok(tickets.length <= teams && sizes.every((size) => size >= 1 && size <= teamSize), `teams of ${sizes}`);
    const players = sizes.reduce((sum, size) => sum + size, 0);
    if (players === teams * teamSize) return;
    assert.ok(minPlayers !== undefined && players >= minPlayers, "too few players");
    const oldest = Math.min(...tickets.flat().map(({ since }) => since));
    assert.ok(now - oldest >= partialAfterSeconds! * 1000, "began with too few too early");
  }

  #judgeRoles(players: Candidate["players"]): void {
    const { roles } = this.#rules;
    if (roles === undefined) return;
    for (const { role } of players) {
      if (role === undefined) continue;
      assert.ok(players.filter((other) => other.role === role).length <= (roles[role] ?? 0), `too many ${role}`);
    }
  }

  #judgeBackfill(room: OpenRoom, teams: readonly (readonly string[])[], now: number): void {
    const seated = room.teams.flat();
    const mean = seated.reduce((sum, { rating }) => sum + rating, 0) / seated.length;
    const joining = teams.map((team) => team.map((id) => this.#ticket(id)));
    assert.equal(teams.length, this.#rules.teams);
    for (const [team, tickets] of joining.entries()) {
      const players = [...(room.teams[team] ?? []), ...tickets.flatMap((ticket) => ticket.players)];
      assert.ok(players.length <= this.#rules.teamSize, "a team has too many");
      if (tickets.length > 0) this.#judgeRoles(players);
    }
    for (const ticket of joining.flat()) {
      const distance = Math.abs(ratingOf(ticket) - mean);
      assert.ok(distance <= this.#ratingWindow(ticket.since, now), "outside the newcomer's window");
      assert.ok(distance <= this.#ratingWindow(room.since, now), "outside the room's window");
      assert.ok(this.#reaches(ticket, room.region, now), "sent too far");
    }
    this.#take(joining.flat());
  }

  #take(tickets: readonly Candidate[]): void {
    for (const { id, players } of tickets) {
      assert.ok(this.waiting.delete(id), "a ticket in two matches");
      for (const { accountId } of players) {
        assert.ok(!this.matched.has(accountId), "a player in two matches");
        this.matched.add(accountId);
      }
    }
  }

  #ticket(id: string): Candidate {
    const ticket = this.waiting.get(id);
    assert.ok(ticket, `${id} does not wait`);
    return ticket;
  }

  #ratingWindow(since: number, now: number): number {
    const { start, perSecond, max } = this.#rules.rating;
    return Math.min(max, start + (perSecond * Math.max(0, now - since)) / 1000) * 1e6 + 1e-3;
  }

  #reaches({ latencies, since }: Candidate, region: string, now: number): boolean {
    const { regions, latency } = this.#rules;
    if (regions !== "any" && !regions.includes(region)) return false;
    if (Object.keys(latencies).length === 0) return true;
    const limit = Math.min(latency.maxMs, latency.startMs + (latency.perSecond * Math.max(0, now - since)) / 1000);
    return (latencies[region] ?? Number.POSITIVE_INFINITY) <= limit;
  }
}

function ratingOf({ players }: Candidate): number {
  return Math.floor(players.reduce((sum, { rating }) => sum + rating, 0) / players.length);
}
