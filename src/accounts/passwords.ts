import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { refusal } from "../errors.ts";

const derive = promisify<"argon2id", Argon2Parameters, Buffer>(argon2);

/** The cost: 19 MiB and two passes, the least that OWASP recommends for argon2id. */
const MEMORY_KIB = 19_456;
const PASSES = 2;
const PARALLELISM = 1;
const TAG_BYTES = 32;
const SALT_BYTES = 16;

/** Side by side. Node's pool has four threads, and files and look-ups of addresses want theirs too. */
const AT_ONCE = 2;
/** Waiting beyond this, at some 40 ms each, would take longer than clients wait. */
const WAITING_MAX = 100;

const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{8,88})\$([A-Za-z0-9+/]{16,88})$/;

export interface Passwords {
  /** The PHC string to keep. @throws Refusal `overloaded` */
  hash(password: string): Promise<string>;
  /** Whether the password is the one; without a hash it takes the same time and is not. @throws Refusal `overloaded` */
  matches(password: string, phc: string | null): Promise<boolean>;
}

/** argon2id in Node's thread pool, a few at a time, with a bounded queue. */
export function createPasswords(): Passwords {
  const turns = new Turns();
  // Of no password: what an unknown user's password is compared with.
  const nobody = format(randomBytes(SALT_BYTES), randomBytes(TAG_BYTES));

  async function matches(password: string, phc: string): Promise<boolean> {
    const [, memory, passes, parallelism, salt, tag] = PHC.exec(phc) ?? [];
    if (tag === undefined) throw new Error("a stored password hash has an unknown form");
    const expected = Buffer.from(tag, "base64");
    const derived = await turns.run(() =>
      derive("argon2id", {
        ...{ message: normal(password), nonce: Buffer.from(salt!, "base64"), tagLength: expected.length },
        ...{ memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
      }),
    );
    return timingSafeEqual(derived, expected);
  }

  return {
    async hash(password) {
      const nonce = randomBytes(SALT_BYTES);
      const cost = { memory: MEMORY_KIB, passes: PASSES, parallelism: PARALLELISM, tagLength: TAG_BYTES };
      return format(nonce, await turns.run(() => derive("argon2id", { message: normal(password), nonce, ...cost })));
    },

    async matches(password, phc) {
      const right = await matches(password, phc ?? nobody);
      return right && phc !== null;
    },
  };
}

/** One keyboard writes an accent as one character, another as two. */
function normal(password: string): string {
  return password.normalize("NFKC");
}

function format(salt: Buffer, tag: Buffer): string {
  const text = (bytes: Buffer) => bytes.toString("base64").replace(/=+$/, "");
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${PARALLELISM}$${text(salt)}$${text(tag)}`;
}

class Turns {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= AT_ONCE) {
      if (this.#waiting.length >= WAITING_MAX) throw refusal("overloaded", "Too many sign-ins at once; try again.");
      await new Promise<void>((go) => this.#waiting.push(go));
    } else {
      this.#running += 1;
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }
}
