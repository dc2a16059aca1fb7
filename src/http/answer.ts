import type { Response } from "express";
import type { Answer, AnyEndpoint } from "./endpoint.ts";

/** Sends what the handler answered. An answer that the documentation does not have is an error of ours. */
export function sendAnswer(res: Response, endpoint: AnyEndpoint, answer: Answer): void {
  const spec = endpoint.answers[answer.status];
  if (spec === undefined) throw new Error(`${endpoint.id} answered ${answer.status}, which it does not document`);
  // Answers differ by who asks; whoever wants one kept says for how long.
  res.setHeader("Cache-Control", "no-store");
  if (answer.version !== undefined) res.setHeader("ETag", `"${answer.version}"`);
  if (spec.mediaType !== undefined) res.type(spec.mediaType);
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    // Added, not set: it already names Origin.
    if (name.toLowerCase() === "vary") res.vary(value);
    else res.setHeader(name, value);
  }
  res.status(answer.status);
  if (spec.mediaType !== undefined) res.send(String(answer.body));
  else if (answer.text !== undefined) res.type("json").send(answer.text);
  else if (answer.body === undefined) res.end();
  else res.json(answer.body);
}
