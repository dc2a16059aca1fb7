import { z } from "zod";

/** A part of an OpenAPI document. */
export type Part = { [key: string]: unknown };

const ID = "01890a5d-ac96-774b-bcce-b302099a8057";
const TIME = "2026-01-31T12:00:00.000Z";
/** OpenAPI 3.0 knows no type of null. */
const NULL = { type: "string", nullable: true, enum: [null] };
/** Tried in order for strings that must fit a pattern. */
const TEXTS = ["arena", "example", "1", "7KQ2M9XA", "session.created"];

/** What zod tells of every whole number, and of formats whose name says it all. */
function tidy({ jsonSchema }: { jsonSchema: Part }): void {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (["uuid", "date-time", "email"].includes(String(jsonSchema.format))) delete jsonSchema.pattern;
}

/** Turns the zod schemas of one document into JSON schemas; those with an id become components, once each. */
export class Components {
  readonly schemas: Record<string, Part> = {};

  /** What is sent out (`output`) or comes in (`input`, where a field with a default may be missing). */
  of(schema: z.ZodType, io: "input" | "output"): Part {
    const options = { target: "openapi-3.0", io, unrepresentable: "any", override: tidy } as const;
    const { definitions, ...own } = z.toJSONSchema(schema, options) as Part;
    const found = new Map(Object.entries((definitions ?? {}) as Record<string, Part>));
    const recursive = JSON.stringify(own).includes('"$ref":"#"');
    if (recursive) found.set("", own);
    const names = new Map([...found].map(([name, part]) => [name, this.#nameFor(name, part, io)]));
    for (const [name, part] of found) this.schemas[names.get(name)!] = pointed(part, names) as Part;
    return recursive ? { $ref: pointer(names.get("")!) } : (pointed(own, names) as Part);
  }

  #nameFor(name: string, part: Part, io: "input" | "output"): string {
    // What refers to itself has no name of its own in zod.
    const wanted = name === "" || name.startsWith("__") ? "Recursive" : name;
    const suffixes = ["", io === "input" ? "Input" : "Output", "2", "3", "4"];
    const free = suffixes.map((suffix) => wanted + suffix).find((candidate) => this.#mayHold(candidate, name, part));
    if (free === undefined) throw new Error(`too many different schemas are called ${wanted}`);
    return free;
  }

  #mayHold(candidate: string, name: string, part: Part): boolean {
    const known = this.schemas[candidate];
    const unchanged = new Map([[name, candidate]]);
    return known === undefined || JSON.stringify(known) === JSON.stringify(pointed(part, unchanged));
  }
}

/** The same with every reference leading to the components. */
function pointed(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item) => pointed(item, names));
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(([key, member]) => {
    if (key !== "$ref" || typeof member !== "string") return [key, pointed(member, names)];
    const name = member.replace(/^#(\/definitions\/)?/, "");
    return [key, pointer(names.get(name) ?? name)];
  });
  return withNullListed(withoutLoneAllOf(Object.fromEntries(members)));
}

/** Where values are listed, `nullable` alone does not allow null. */
function withNullListed(schema: Part): Part {
  const { nullable, enum: values } = schema;
  if (!nullable || !Array.isArray(values) || values.includes(null)) return schema;
  return { ...schema, enum: [...values, null] };
}

/** Zod lays an `allOf` of one around a reference that has siblings, which OpenAPI 3.0 would ignore. */
function withoutLoneAllOf(schema: Part): Part {
  const { allOf, nullable, description: _, ...rest } = schema;
  if (!Array.isArray(allOf) || allOf.length !== 1 || Object.keys(rest).length > 0) return schema;
  return nullable ? { anyOf: [allOf[0], NULL] } : allOf[0];
}

function pointer(name: string): string {
  return `#/components/schemas/${name}`;
}

/** A value that fits the schema, for parameters whose author gave no example. */
export function exampleOf(schema: Part): unknown {
  if (schema.default !== undefined) return schema.default;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  if (schema.format === "uuid") return ID;
  if (schema.format === "date-time") return TIME;
  if (schema.type === "boolean") return true;
  if (schema.type === "integer" || schema.type === "number") return schema.minimum ?? 1;
  const pattern = new RegExp(String(schema.pattern ?? ""), "u");
  const fits = (text: string) => pattern.test(text) && text.length <= Number(schema.maxLength ?? text.length);
  return TEXTS.find(fits);
}
