import { eventually } from "./server.ts";

// biome-ignore lint/suspicious/noExplicitAny: the writers and the oracle know what the routes they call answer
type Body = any;

/** The server's final word on a request. */
export interface Said {
  readonly status: number;
  readonly body: Body;
  /** Of the ETag. */
  readonly version: number | undefined;
  readonly replayed: boolean;
}

/** Somebody whose access token may be replaced at any time. */
export interface Asker {
  readonly accessToken: string;
  /** True while the token at hand may be worth nothing. */
  readonly isSigningIn: boolean;
}

export interface Asked {
  readonly by?: Asker | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How long an answer may take before a writer gives up on it, in ms. */
const ANSWER_MS = 5000;

/** Calls of the API by clients who know that servers die. */
export class RecordsClient {
  readonly #url: string;
  readonly #onFault: (text: string) => void;

  /** @param onFault told of answers that no healthy server gives */
  constructor(url: string, onFault: (text: string) => void) {
    this.#url = url;
    this.#onFault = onFault;
  }

  /**
   * One attempt. Undefined when nothing is known of what came of it: the connection was cut, the token is being replaced,
   * or the server said that the very same request may succeed later.
   *
   * @param line method and path, such as `POST /v1/sessions`
   */
  async call(line: string, { by, body, headers }: Asked = {}): Promise<Said | undefined> {
    const [method, path] = line.split(" ") as [string, string];
    const sent: Record<string, string> = { ...headers };
    const token = by?.accessToken;
    if (token !== undefined) sent.authorization = `Bearer ${token}`;
    if (body !== undefined) sent["content-type"] ??= "application/json";
    try {
      const signal = AbortSignal.timeout(ANSWER_MS);
      const init = { method, headers: sent, signal, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
      const said = await this.#read(line, await fetch(this.#url + path, init));
      const isReplaced = by !== undefined && (by.isSigningIn || by.accessToken !== token);
      return said?.status === 401 && isReplaced ? undefined : said;
    } catch (error) {
      if (error instanceof Error && error.name === "TimeoutError") this.#onFault(`${line} was not answered in time`);
      return undefined;
    }
  }

  /** The same until there is a final word. @throws after `deadlineMs` */
  async insist(line: string, asked: Asked = {}, deadlineMs = 10_000): Promise<Said> {
    let said: Said | undefined;
    const answered = async () => {
      said = await this.call(line, asked);
      return said !== undefined;
    };
    await eventually(`${line} is answered`, answered, deadlineMs);
    return said!;
  }

  async #read(line: string, response: Response): Promise<Said | undefined> {
    const { status, headers } = response;
    const text = await response.text();
    const body: Body = text === "" ? null : JSON.parse(text);
    if (status === 500) this.#onFault(`${line} was answered ${text}`);
    if (status >= 400 && body?.retryable === true) return undefined;
    const etag = headers.get("etag");
    const version = etag === null ? undefined : Number(etag.replaceAll('"', ""));
    return { status, body, version, replayed: headers.get("idempotency-replayed") === "true" };
  }
}
