import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { z } from "zod";
import type { Principal } from "../../src/accounts/tokens.ts";
import { startHttp, strangers, testEndpoint } from "../support/http.ts";

const BODY = '{"kept":true}';

describe("the body of a request", () => {
  it("is not taken for an empty one when its sender is gone before it is read", async () => {
    const admitted = Promise.withResolvers<Principal>();
    const asked = Promise.withResolvers<void>();
    const handled: unknown[] = [];
    const replace = testEndpoint({
      ...{ method: "put", path: "/v1/state", access: "account" },
      body: z.record(z.string(), z.unknown()),
      async handle({ body }) {
        handled.push(body);
        return { status: 200 };
      },
    });
    const verify = () => {
      asked.resolve();
      return admitted.promise;
    };
    const server = await startHttp({ endpoints: [replace], identities: { ...strangers, verify } });
    try {
      const { hostname, port } = new URL(server.url);
      const socket = connect(Number(port), hostname);
      const head = `PUT /v1/state HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\nContent-Type: application/json\r\n`;
      socket.write(`${head}Content-Length: ${BODY.length}\r\n\r\n${BODY}`);
      await asked.promise;
      socket.destroy();
      await once(socket, "close");
      // A whole exchange later the server has seen the end of the other connection.
      await (await fetch(`${server.url}/v1/nothing`)).text();
      admitted.resolve({ accountId: "ada", name: "Ada", roles: ["player"], deviceId: "phone" });
      await (await fetch(`${server.url}/v1/nothing`)).text();
    } finally {
      await server.close();
    }
    assert.deepEqual(
      handled.filter((body) => JSON.stringify(body) !== BODY),
      [],
    );
  });
});
