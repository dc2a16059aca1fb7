import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Writable } from "node:stream";
import express from "express";
import { refusal } from "../../src/errors.ts";
import type { Identities } from "../../src/http/authenticate.ts";
import { type AnyEndpoint, defineEndpoint, type Endpoint } from "../../src/http/endpoint.ts";
import { buildHttp, type HttpParts } from "../../src/http/http.ts";
import { createLogger, type Logger } from "../../src/log.ts";

/** A logger whose lines are kept; `text` is all of them. */
export function captureLog(level = "debug"): { log: Logger; text(): string } {
  let text = "";
  const destination = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  return { log: createLogger({ level, pretty: false, destination }), text: () => text };
}

export interface TestServer {
  readonly url: string;
  /** Everything logged so far. */
  logs(): string;
  close(): Promise<void>;
}

/** An endpoint of a test: what it leaves out is of no interest to it. */
export function testEndpoint<Params = unknown, Query = unknown, Body = unknown>(
  endpoint: Pick<Endpoint<Params, Query, Body>, "method" | "path" | "handle"> & Partial<Endpoint<Params, Query, Body>>,
): AnyEndpoint {
  const id = `${endpoint.method} ${endpoint.path}`;
  const answers = { 200: { description: "All is well." }, 201: { description: "Made." } };
  return defineEndpoint({ id, tag: "Test", summary: "Test", access: "anyone", answers, ...endpoint });
}

/** Nobody can sign in. */
export const strangers: Identities = {
  async verify() {
    throw refusal("unauthorized");
  },
  service() {
    throw refusal("unauthorized");
  },
};

/** The real HTTP assembly around the given endpoints, on a free port of the loopback. */
export async function startHttp(
  parts: Pick<HttpParts, "endpoints"> & Partial<HttpParts["config"] & Omit<HttpParts, "config" | "log">>,
): Promise<TestServer> {
  const { log, text } = captureLog();
  const app = express();
  const { trustProxy = 0, corsOrigins = [], ...rest } = parts;
  buildHttp(app, { identities: strangers, ...rest, log, config: { trustProxy, corsOrigins } });
  const server = createServer(app).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    logs: text,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Posts JSON; a string goes out as it is. */
export function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}
