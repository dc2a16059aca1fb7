import type { StoredEntry } from "./journal-reader.ts";
import { kindOf, type Moment, metadataHash, momentsOf, tagOf } from "./records-journal.ts";
import type { KeyedCreation } from "./records-keys.ts";
import type { Findings, SessionRecord, Sight, Write } from "./records-log.ts";
import type { StoredRecords, StoredSession } from "./records-stored.ts";

/** Compares what the writers of one session were told with what the data directory holds of it. */
export function judgeSession(record: SessionRecord, stored: StoredRecords, findings: Findings): void {
  const by = (text: string) => `${record.name}: ${text}`;
  const journal = stored.journals.get(record.id);
  const document = stored.sessions.find(({ _id }) => _id === record.id);
  if (!journal || !document) {
    findings.lost.push(by("is not there"));
    return;
  }
  const moments = momentsOf(journal.entries);
  findings.contradicted.push(...journal.faults.map(by));
  const acknowledged = record.writes.filter(({ fate }) => fate === "acknowledged");
  findings.lost.push(...acknowledged.flatMap((write) => whyLost(write, record, moments)).map(by));
  findings.contradicted.push(...acknowledged.flatMap((write) => untrue(write, moments)).map(by));
  findings.contradicted.push(...refusedAndThere(record.writes, journal.entries).map(by));
  findings.contradicted.push(...writtenByNobody(record.writes, journal.entries).map(by));
  findings.twice.push(...twiceThere(journal.entries).map(by));
  findings.contradicted.push(...[...record.sights.values()].flatMap((sight) => unseen(sight, moments)).map(by));
  findings.contradicted.push(...afterTheEnd(journal.entries).map(by), ...behind(document, record, moments).map(by));
  record.seeEdit(document.metadata, record.floor, findings);
}

function whyLost({ kind, tag, seq, version }: Write, record: SessionRecord, moments: readonly Moment[]): string[] {
  const there = moments[seq! - 1];
  const said = `${kind} ${tag} was acknowledged at ${seq} as version ${version}`;
  if (!there) return [`${said}, the journal ends at ${moments.length}`];
  const { entry } = there;
  const hash = kind === "edit" ? metadataHash({ key: record.key, n: Number(tag) }) : undefined;
  const marked = kind === "edit" ? entry.data.metadataHash === hash : (tagOf(entry) ?? tag) === tag;
  const right = kindOf(entry) === kind && marked && there.version === version;
  return right ? [] : [`${said}, where ${JSON.stringify(entry)} stands as version ${there.version}`];
}

/** The answer to a write may show one that followed it, but no other state. */
function untrue({ kind, tag, seq, told }: Write, moments: readonly Moment[]): string[] {
  if (told === undefined || moments.slice(seq! - 1).some(({ content }) => content === told)) return [];
  return [`the answer to ${kind} ${tag} shows ${told}, which it never was from ${seq} on`];
}

function refusedAndThere(writes: readonly Write[], entries: readonly StoredEntry[]): string[] {
  const there = new Set(entries.map(tagOf));
  const wrong = writes.filter(({ fate, tag }) => fate === "refused" && there.has(tag));
  return wrong.map(({ kind, tag }) => `${kind} ${tag} was refused and took effect`);
}

/** Sessions begin with a state that nobody marked. */
function writtenByNobody(writes: readonly Write[], entries: readonly StoredEntry[]): string[] {
  const own = new Set(writes.map(({ tag }) => tag));
  const begun = entries.findIndex(({ type }) => type === "state.replaced");
  const strange = entries.filter((entry, index) => index > begun && isMarked(entry) && !own.has(tagOf(entry) ?? ""));
  return strange.map((entry) => `nobody wrote ${JSON.stringify(entry)}`);
}

function isMarked({ type }: StoredEntry): boolean {
  return type.startsWith("state.");
}

function twiceThere(entries: readonly StoredEntry[]): string[] {
  const tags = entries.map(tagOf).filter((tag) => tag !== undefined);
  const counts = Map.groupBy(tags, (tag) => tag);
  return [...counts].flatMap(([tag, all]) => (all.length > 1 ? [`${tag} took effect ${all.length} times`] : []));
}

function unseen({ seq, version, content }: Sight, moments: readonly Moment[]): string[] {
  const there = moments[seq - 1];
  if (there && there.version === version && there.content === content) return [];
  const stands = there ? `version ${there.version} ${there.content}` : "nothing";
  return [`was shown version ${version} ${content} at ${seq}, where ${stands} stands`];
}

function afterTheEnd(entries: readonly StoredEntry[]): string[] {
  const end = entries.findIndex(({ type }) => type === "session.ended");
  const after = end < 0 ? [] : entries.slice(end + 1);
  return after.map(({ seq, type }) => `${type} at ${seq} follows the end`);
}

/** Lists and quotas go by the document. It may lag behind the journal, but not over an end that was acknowledged. */
function behind(document: StoredSession, { writes }: SessionRecord, moments: readonly Moment[]): string[] {
  const { version } = moments.at(-1)!;
  if (document.version > version) return [`the document has version ${document.version}, the journal ${version}`];
  const ended = writes.some(({ kind, fate }) => kind === "end" && fate === "acknowledged");
  return ended && document.status !== "ended" ? [`has ended, and lists show it as ${document.status}`] : [];
}

/** However often something was asked for by one key, there is one of it; and of what was never acknowledged, at most. */
export function judgeCreation(creation: KeyedCreation, stored: StoredRecords, findings: Findings): void {
  const { wanted, key, id, fate } = creation;
  const found = foundBy(creation, stored);
  const name = `${wanted.kind} ${key}`;
  if (found.length > 1) findings.twice.push(`${name} was made ${found.length} times: ${found.join(" ")}`);
  if (id === undefined || fate === "unknown") return;
  const there = found.includes(id);
  if (fate === "kept" && !there) findings.lost.push(`${name} was acknowledged as ${id} and is not there`);
  if (fate === "removed" && there) findings.lost.push(`${name} was removed and is there`);
}

function foundBy({ key, wanted }: KeyedCreation, { sessions, journals, campaigns, invites }: StoredRecords): string[] {
  if (wanted.kind === "campaign") return idsOf(campaigns.filter(({ name }) => name === key));
  if (wanted.kind === "invite") {
    const { sessionId, uses } = wanted;
    return idsOf(invites.filter((invite) => invite.sessionId === sessionId && invite.left === uses));
  }
  // A crash may leave a document that has no journal: that is no session, and nobody can see it.
  return idsOf(sessions.filter(({ _id, metadata }) => metadata.key === key && journals.has(_id)));
}

function idsOf(documents: readonly { readonly _id: string }[]): string[] {
  return documents.map(({ _id }) => _id);
}
