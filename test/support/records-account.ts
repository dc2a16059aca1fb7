import type { Asker, RecordsClient, Said } from "./records-client.ts";
import type { Findings } from "./records-log.ts";
import { eventually, pause } from "./server.ts";

/**
 * A refresh token that was used brings the same successor for 10 s by the contract, and ends its family after that. Whoever
 * has not had an answer for this long, in ms, signs in anew.
 */
const PATIENCE_MS = 4000;
const PASSWORD = "correct horse battery staple";
const DEVICE = "keeper";
const PROBE = "probe";

/** An account that was acknowledged, and the writer that keeps it signed in and gives it names. */
export class AccountKeeper implements Asker {
  readonly id: string;
  readonly username: string;
  accessToken: string;
  isSigningIn = false;
  refreshes = 0;
  renames = 0;
  logins = 0;
  readonly #client: RecordsClient;
  readonly #findings: Findings;
  #refreshToken: string;
  /** When the token at hand was first offered. */
  #offeredAt: number | undefined;
  #lastName = 0;
  #nameFloor = 0;
  readonly #revoked: string[] = [];
  #stopped = false;
  #keeping: Promise<void> = Promise.resolve();

  private constructor(client: RecordsClient, findings: Findings, username: string, { body }: Said) {
    this.#client = client;
    this.#findings = findings;
    this.username = username;
    this.id = body.account.id;
    this.accessToken = body.accessToken;
    this.#refreshToken = body.refreshToken;
  }

  /** Registers an account; undefined when nobody knows what came of it. */
  static async register(client: RecordsClient, findings: Findings): Promise<AccountKeeper | undefined> {
    const username = `w${crypto.randomUUID().slice(0, 12)}`;
    const body = { username, password: PASSWORD, deviceId: DEVICE };
    const said = await client.call("POST /v1/auth/register", { body });
    if (said && said.status !== 201) findings.faults.push(`registering was answered ${said.status}`);
    return said?.status === 201 ? new AccountKeeper(client, findings, username, said) : undefined;
  }

  /** The number of the last name that was acknowledged. */
  get nameFloor(): number {
    return this.#nameFloor;
  }

  /** @param thinkMs the most it waits between two requests */
  keep(thinkMs: number): void {
    this.#keeping = this.#keep(thinkMs);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#keeping;
  }

  async #keep(thinkMs: number): Promise<void> {
    while (!this.#stopped) {
      await pause(1 + Math.random() * thinkMs);
      const dice = Math.random();
      if (this.#offeredAt !== undefined || dice < 0.4) await this.#refresh();
      else if (dice < 0.8) await this.#rename();
      else await this.readName();
    }
  }

  /** Now and then two tabs at once: both must get the same successor. */
  async #refresh(): Promise<void> {
    this.#offeredAt ??= performance.now();
    if (performance.now() - this.#offeredAt > PATIENCE_MS) return this.#signIn();
    const body = { refreshToken: this.#refreshToken, deviceId: DEVICE };
    const tabs = Array.from({ length: Math.random() < 0.2 ? 2 : 1 }, () =>
      this.#client.call("POST /v1/auth/refresh", { body }),
    );
    const said = (await Promise.all(tabs)).filter((one) => one !== undefined);
    const refused = said.find(({ status }) => status !== 200);
    if (refused) {
      const { status, body: problem } = refused;
      this.#findings.lost.push(`${this.username}: a refresh token was refused: ${status} ${problem.code}`);
      return this.#signIn();
    }
    const tokens = new Set(said.map((one) => one.body.refreshToken as string));
    if (tokens.size > 1) this.#findings.twice.push(`${this.username}: two tabs got ${tokens.size} successors`);
    const [first] = said;
    if (!first) return;
    this.refreshes += 1;
    this.#take(first);
  }

  async #signIn(): Promise<void> {
    this.isSigningIn = true;
    const login = await this.login(DEVICE);
    if (!login) return;
    this.#take(login);
    this.isSigningIn = false;
  }

  #take({ body }: Said): void {
    this.accessToken = body.accessToken;
    this.#refreshToken = body.refreshToken;
    this.#offeredAt = undefined;
  }

  async #rename(): Promise<void> {
    const before = this.#nameFloor;
    const n = ++this.#lastName;
    const said = await this.#client.call("PATCH /v1/me", { by: this, body: { name: `Name ${n}` } });
    if (!said) return;
    this.#check(said, before);
    if (said.status !== 200) return;
    this.renames += 1;
    this.#nameFloor = Math.max(this.#nameFloor, n);
  }

  /** Reads the account: nothing older than what was acknowledged may come. */
  async readName(): Promise<void> {
    const before = this.#nameFloor;
    const said = await this.#client.call("GET /v1/me", { by: this });
    if (said) this.#check(said, before);
  }

  #check({ status, body }: Said, before: number): void {
    if (status === 200) this.judgeName(body.name, before);
    else this.#findings.lost.push(`${this.username}: was answered ${status} ${body?.code}`);
  }

  /** A name as it was read, also in the data directory. */
  judgeName(name: string, floor: number, findings = this.#findings): void {
    const n = name === this.username ? 0 : Number(name.replace("Name ", ""));
    if (n < floor) findings.lost.push(`${this.username}: is called ${name}, after ${floor}`);
    if (!(n <= this.#lastName)) findings.contradicted.push(`${this.username}: nobody called it ${name}`);
  }

  /** Signs in by the password, which must work for every account that was acknowledged. */
  async login(deviceId: string): Promise<Said | undefined> {
    const body = { username: this.username, password: PASSWORD, deviceId };
    const said = await this.#client.call("POST /v1/auth/login", { body });
    if (said && said.status !== 200) {
      this.#findings.lost.push(`${this.username}: cannot sign in: ${said.status} ${said.body?.code}`);
    }
    this.logins += said?.status === 200 ? 1 : 0;
    return said?.status === 200 ? said : undefined;
  }

  /** Signs in elsewhere and out again: from the answer on, that refresh token is worth nothing, whatever happens. */
  async comeAndGo(): Promise<void> {
    const login = await this.login(PROBE);
    if (!login) return;
    const { refreshToken } = login.body;
    const said = await this.#client.call("POST /v1/auth/logout", { body: { refreshToken } });
    if (said?.status === 204) this.#revoked.push(refreshToken);
  }

  /** With the server up and everybody stopped: the account, its sign-in, and those that were ended. */
  async readBack(): Promise<void> {
    await this.readName();
    const isKnown = () => this.#refresh().then(() => this.#offeredAt === undefined);
    await eventually("the sign-in is known", isKnown);
    for (const refreshToken of this.#revoked.splice(0)) {
      const asked = { body: { refreshToken, deviceId: PROBE } };
      const { status } = await this.#client.insist("POST /v1/auth/refresh", asked);
      if (status !== 401) this.#findings.lost.push(`${this.username}: a sign-out was forgotten: ${status}`);
    }
  }
}
