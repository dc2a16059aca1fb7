import assert from "node:assert/strict";
import { Pause } from "../../web/pause.ts";

type Call = ConstructorParameters<typeof Pause>[0]["call"];

describe("what the page knows of a pause", () => {
  let known: Pause;
  /** What the API answers, one question after the other. */
  let answers: (() => Promise<string>)[];
  let asked: string[];

  beforeEach(() => {
    [answers, asked] = [[], []];
    const call = async ({ path }: Parameters<Call>[0]) => {
      asked.push(path);
      return { status: await answers.shift()!() };
    };
    known = new Pause({ call: call as Call }, () => undefined);
  });

  it("is what events of the session say, and nothing that others say", () => {
    const seen = ["session.paused", "bid", "session.resumed", "session.paused", "session.ended"].map((type) => {
      known.note({ type });
      return known.isOn;
    });
    assert.deepEqual(seen, [true, true, false, true, false]);
  });

  it("is what the API says to a page that comes later", async () => {
    answers.push(async () => "paused");
    await known.ask("a");
    assert.deepEqual([known.isOn, asked], [true, ["v1/sessions/a"]]);
  });

  it("is newer from an event than from the answer to an earlier question", async () => {
    const answer = Promise.withResolvers<string>();
    answers.push(() => answer.promise);
    const question = known.ask("a");
    known.note({ type: "session.resumed" });
    answer.resolve("paused");
    await question;
    assert.equal(known.isOn, false);
  });

  it("stays as it is when nobody answers, but is not another session's", async () => {
    const away = () => Promise.reject(new Error("unreachable"));
    answers.push(async () => "paused", away, away);
    await known.ask("a");
    await known.ask("a");
    assert.equal(known.isOn, true);
    await known.ask("b");
    assert.equal(known.isOn, false);
  });
});
