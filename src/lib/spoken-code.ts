import { randomBytes } from "node:crypto";

/** Crockford's: nothing in it looks or sounds like anything else in it. 32 letters, so a byte's five bits choose one. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** 60 bits: with the tries that are allowed nobody guesses one. */
const LETTERS = 12;
const GROUP = 4;

/** A new secret that people read to each other: three groups of four letters. */
export function newCode(bytes: Uint8Array = randomBytes(LETTERS)): string {
  const letters = [...bytes.subarray(0, LETTERS)].map((byte) => ALPHABET[byte % ALPHABET.length]!);
  return grouped(letters.join(""));
}

/** What somebody typed as the code it stands for: case, hyphens and the letters that are not used forgiven. */
export function readCode(typed: string): string {
  const letters = typed.toUpperCase().replaceAll(/[\s-]/g, "").replaceAll("O", "0").replaceAll(/[IL]/g, "1");
  return grouped(letters);
}

function grouped(letters: string): string {
  return letters.match(new RegExp(`.{1,${GROUP}}`, "g"))?.join("-") ?? "";
}
