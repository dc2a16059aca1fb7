import assert from "node:assert/strict";
import * as BSON from "bson";
import fc from "fast-check";
import { type Opened, open } from "./support/database.ts";
import { bodySection, header, message, RawClient, sequenceSection } from "./support/raw-client.ts";

const ping = message(bodySection({ ping: 1, $db: "app" }));
const insert = (documents: Uint8Array[], body = {}) =>
  message(
    Buffer.concat([bodySection({ insert: "fuzz", ...body, $db: "app" }), sequenceSection("documents", documents)]),
  );

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

/** A document whose elements are given as bytes. */
function document(elements: Buffer, length = elements.length + 5): Buffer {
  return Buffer.concat([int32(length), elements, Buffer.from([0])]);
}

/** {x: {x: … {}}}: seven bytes open a level, one closes it. */
function nested(depth: number): Buffer {
  const bytes = Buffer.alloc(depth * 8 + 5);
  for (let level = 0; level <= depth; level++) {
    bytes.writeInt32LE((depth - level) * 8 + 5, level * 7);
    if (level < depth) bytes.write("\x03x\0", level * 7 + 4, "latin1");
  }
  return bytes;
}

const text = (value: string) => Buffer.from(value, "latin1");
const MALFORMED: Record<string, Buffer> = {
  "a negative message length": header(-1),
  "a message length below its header": header(15),
  "a message length above the limit": header(48_000_001),
  "an unknown opcode": Buffer.concat([header(32, 9999), Buffer.alloc(16)]),
  "a compressed message": Buffer.concat([header(32, 2012), Buffer.alloc(16)]),
  "a retired query that is no hello": Buffer.concat([
    header(20 + 4 + 8 + 14, 2004),
    Buffer.alloc(4),
    text("a.b\0"),
    Buffer.alloc(8),
    BSON.serialize({ drop: 1 }),
    Buffer.alloc(0),
  ]),
  "no sections": message(Buffer.alloc(1, 9)),
  "an unknown required flag": message(bodySection({ ping: 1, $db: "app" }), 4),
  "two bodies": message(Buffer.concat([bodySection({ ping: 1, $db: "app" }), bodySection({ ping: 1, $db: "app" })])),
  "a body without $db": message(bodySection({ ping: 1 })),
  "a body longer than its frame": message(Buffer.concat([Buffer.from([0]), int32(5000), Buffer.alloc(20)])),
  "a body shorter than a document": message(Buffer.concat([Buffer.from([0]), int32(4), Buffer.alloc(8)])),
  "a sequence longer than its frame": message(
    Buffer.concat([bodySection({ insert: "x", $db: "app" }), Buffer.from([1]), int32(9000), text("documents\0")]),
  ),
  "a sequence with a negative length": message(
    Buffer.concat([bodySection({ insert: "x", $db: "app" }), Buffer.from([1]), int32(-5), text("documents\0")]),
  ),
  "a sequence name without end": message(
    Buffer.concat([bodySection({ insert: "x", $db: "app" }), Buffer.from([1]), int32(12), text("document")]),
  ),
  "the same sequence twice": message(
    Buffer.concat([
      bodySection({ insert: "x", $db: "app" }),
      sequenceSection("documents", []),
      sequenceSection("documents", []),
    ]),
  ),
  "a document that outgrows its sequence": insert([document(text("\x10a\0\x01\0\0\0"), 400)]),
  "a field name without end": insert([document(text("\x10abcdef"))]),
  "an unknown element type": insert([document(text("\x55a\0\0\0\0\0"))]),
  "a string longer than its document": insert([document(Buffer.concat([text("\x02a\0"), int32(500), text("hi\0")]))]),
  "a string of negative length": insert([document(Buffer.concat([text("\x02a\0"), int32(-2), text("hi\0")]))]),
  "a string without its zero": insert([document(Buffer.concat([text("\x02a\0"), int32(2), text("hi")]))]),
  "an embedded document beyond its parent": insert([
    document(Buffer.concat([text("\x03a\0"), int32(300), text("\0")])),
  ]),
  "a double that is cut off": insert([document(text("\x01a\0\x01\x02"))]),
  "a boolean of 7": insert([document(text("\x08a\0\x07"))]),
  "a document that ends early": insert([document(text("\x10a\0\x01\0\0\0\0\0\0"))]),
  "code with scope": insert([document(Buffer.concat([text("\x0fa\0"), int32(20), Buffer.alloc(16)]))]),
  "nesting beyond 120 levels": insert([nested(125)]),
  "nesting of 100,000 levels": insert([nested(100_000)]),
};

describe("wire protocol", () => {
  let opened: Opened;
  let witness: RawClient;

  before(async () => {
    opened = await open();
    witness = await RawClient.open(opened.database.uri);
  });
  after(async () => {
    witness.end();
    await opened.close();
  });

  /** A connection opened before the mischief still answers. */
  async function assertUnharmed(): Promise<void> {
    witness.write(ping);
    assert.equal((await witness.reply())?.ok, 1);
  }

  for (const [what, bytes] of Object.entries(MALFORMED)) {
    it(`closes only the connection that sends ${what}`, async () => {
      const client = await RawClient.open(opened.database.uri);
      client.write(bytes);
      assert.equal(await client.reply(), null);
      await assertUnharmed();
    });
  }

  it("answers a frame that arrives byte by byte, and two that arrive together", async () => {
    const client = await RawClient.open(opened.database.uri);
    for (const byte of ping) client.write(Buffer.from([byte]));
    client.write(Buffer.concat([ping, ping]));
    for (let i = 0; i < 3; i++) assert.equal((await client.reply())?.ok, 1);
    client.end();
  });

  it("forgets a connection that leaves in the middle of a frame", async () => {
    const client = await RawClient.open(opened.database.uri);
    client.write(ping.subarray(0, 20));
    client.end();
    await assertUnharmed();
  });

  it("stores what a document sequence holds, byte for byte, up to 110 levels deep", async () => {
    const client = await RawClient.open(opened.database.uri);
    const raw = BSON.serialize({ _id: "deep", x: BSON.deserialize(nested(110)) });
    client.write(insert([raw]));
    assert.deepEqual(await client.reply(), { n: 1, ok: 1 });
    const found = await opened.connection.collection("fuzz").findOne({ _id: "deep" as never });
    assert.deepEqual(Buffer.from(BSON.serialize(found!)), Buffer.from(raw));
    client.end();
  });

  it("gives no answer to a write that asks for none, and performs it", async () => {
    const client = await RawClient.open(opened.database.uri);
    const sections = Buffer.concat([
      bodySection({ insert: "silent", $db: "app" }),
      sequenceSection("documents", [BSON.serialize({ _id: 1 })]),
    ]);
    client.write(Buffer.concat([message(sections, 2), ping]));
    assert.equal((await client.reply())?.n, undefined);
    assert.equal(await opened.connection.collection("silent").countDocuments(), 1);
    client.end();
  });

  it("reads a sequence before its body, and a message with a checksum", async () => {
    const client = await RawClient.open(opened.database.uri);
    const documents = sequenceSection("documents", [BSON.serialize({ _id: "first" })]);
    const body = bodySection({ insert: "order", $db: "app" });
    client.write(message(Buffer.concat([documents, body])));
    assert.equal((await client.reply())?.n, 1);
    client.write(message(Buffer.concat([bodySection({ ping: 1, $db: "app" }), Buffer.alloc(4)]), 1));
    assert.equal((await client.reply())?.ok, 1);
    client.end();
  });

  it("answers with an error when a reply would be too large, on a connection that stays", async () => {
    const collection = opened.connection.collection("wide");
    await collection.insertMany(
      Array.from({ length: 20 }, (_, i) => ({ text: String(i).repeat(1_000_000).slice(0, 1_000_000) })),
    );
    const client = await RawClient.open(opened.database.uri);
    client.write(message(bodySection({ distinct: "wide", key: "text", $db: "app" })));
    assert.equal((await client.reply())?.code, 10334);
    client.write(ping);
    assert.equal((await client.reply())?.ok, 1);
    client.end();
  });

  it("survives random damage to valid frames", async () => {
    const valid = [
      ping,
      insert([BSON.serialize({ a: 1, b: "text", c: [1, { d: null }], e: new Date(0), f: Buffer.from("x") })]),
      message(bodySection({ find: "fuzz", filter: { a: { $gt: 1 }, b: /x/ }, $db: "app" })),
      message(
        bodySection({
          update: "fuzz",
          updates: [{ q: { a: 1 }, u: { $set: { "a.b": 1 } }, upsert: true }],
          $db: "app",
        }),
      ),
      message(bodySection({ aggregate: "fuzz", pipeline: [{ $match: { a: 1 } }], cursor: {}, $db: "app" })),
    ];
    const damage = fc.record({
      frame: fc.constantFrom(...valid),
      flips: fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 6 }),
      cut: fc.option(fc.nat()),
    });
    await fc.assert(
      fc.asyncProperty(damage, async ({ frame, flips, cut }) => {
        const bytes = Buffer.from(frame);
        // The message length is left alone: a longer one only means that the server waits for the rest.
        for (const [at, value] of flips) bytes[4 + (at % (bytes.length - 4))] = value;
        const client = await RawClient.open(opened.database.uri);
        client.write(cut === null ? bytes : bytes.subarray(0, cut % bytes.length));
        client.write(ping);
        await assertUnharmed();
        client.end();
      }),
      { numRuns: 300 },
    );
  }).timeout(20_000);

  it("survives random documents of random bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (noise) => {
        const client = await RawClient.open(opened.database.uri);
        client.write(insert([document(Buffer.from(noise))]));
        const reply = await client.reply();
        assert.ok(reply === null || reply.ok === 1 || typeof reply.code === "number");
        client.end();
      }),
      { numRuns: 300 },
    );
    await assertUnharmed();
  }).timeout(20_000);
});
