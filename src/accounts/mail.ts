import { appendFile, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../lib/clock.ts";

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Where mails go. */
export interface Mailer {
  send(mail: Mail): Promise<void>;
}

const FILE = /^mail-(\d{4}-\d{2}-\d{2})\.jsonl$/;
/** Their codes are good for half an hour, and addresses are nothing to collect. */
const KEPT_MS = 24 * 3600_000;

/** Mails of one day in one file, for their owner's eyes only: what a machine without a mail server can do. */
export function fileMail({ dir, clock }: { dir: string; clock: Clock }): Mailer {
  return {
    async send({ to, subject, text }) {
      const now = clock.now();
      const at = new Date(now).toISOString();
      await mkdir(dir, { recursive: true, mode: 0o700 });
      const line = `${JSON.stringify({ at, to, subject, text })}\n`;
      await appendFile(join(dir, `mail-${at.slice(0, 10)}.jsonl`), line, { mode: 0o600 });
      await removeBefore(dir, new Date(now - KEPT_MS).toISOString().slice(0, 10));
    },
  };
}

async function removeBefore(dir: string, day: string): Promise<void> {
  const old = (await readdir(dir)).filter((file) => (FILE.exec(file)?.[1] ?? day) < day);
  await Promise.all(old.map((file) => rm(join(dir, file), { force: true })));
}

/** With `:memory:` nothing is kept, and a mail least of all. */
export const noMail: Mailer = { send: () => Promise.resolve() };
