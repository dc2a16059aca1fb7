import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Writable } from "node:stream";
import express from "express";
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

/** The real HTTP assembly around the given routers, on a free port of the loopback. */
export async function startHttp(
  parts: Pick<HttpParts, "routers"> & Partial<HttpParts["config"]> & Pick<HttpParts, "staticDir" | "observe">,
): Promise<TestServer> {
  const { log, text } = captureLog();
  const app = express();
  const { trustProxy = 0, corsOrigins = [], ...rest } = parts;
  buildHttp(app, { ...rest, log, config: { trustProxy, corsOrigins } });
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
