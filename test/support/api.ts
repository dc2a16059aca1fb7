import assert from "node:assert/strict";
import { type App, type BundledGame, createApp } from "../../src/app.ts";
import { loadConfig } from "../../src/config.ts";
import { createLogger } from "../../src/log.ts";
import { newPlayer, type Player } from "./bots.ts";

// biome-ignore lint/suspicious/noExplicitAny: what a body holds is what the test is about
export type Body = any;

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
  readonly text: string;
}

/** The real server in this process, and calls of its API by its players. */
export class Api {
  readonly app: App;
  readonly url: string;

  private constructor(app: App) {
    this.app = app;
    this.url = `http://127.0.0.1:${app.port}`;
  }

  /** @param bundled the games it offers, instead of the product's own */
  static async start(env: Record<string, string> = {}, bundled?: readonly BundledGame[]): Promise<Api> {
    const settings = { PORT: "0", HOST: "127.0.0.1", DATA_DIR: ":memory:", RATE_LIMIT: "off", ...env };
    const log = createLogger({ level: "silent", pretty: false });
    return new Api(await createApp(loadConfig(settings), log, (reason) => assert.fail(reason), bundled));
  }

  players(count: number): Promise<Player[]> {
    return Promise.all(Array.from({ length: count }, (_, index) => newPlayer(this.url, `device-${index}`)));
  }

  /** `line` is method and path, such as `POST /v1/sessions`. */
  async call(line: string, player?: Player, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    const [method, path] = line.split(" ") as [string, string];
    const sent: Record<string, string> = { ...headers };
    if (player) sent.authorization = `Bearer ${player.accessToken}`;
    if (body !== undefined) sent["content-type"] ??= "application/json";
    const response = await fetch(this.url + path, {
      ...{ method, headers: sent },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get("content-type") ?? "");
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : null, text };
  }

  close(): Promise<void> {
    return this.app.close();
  }
}

/** Status and code of a refusal, or the status alone. */
export function outcome({ status, body }: Reply): unknown[] {
  return body?.code === undefined ? [status] : [status, body.code];
}
