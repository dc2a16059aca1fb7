import { createInterface } from "node:readline";

// Plain JavaScript, because older versions of Node run it too: `node replay-child.mjs <bundle>` reads a journal a line
// and answers each with what it comes to.
const { replay } = await import(process.argv[2]);
for await (const line of createInterface({ input: process.stdin })) console.log(await replay(JSON.parse(line)));
