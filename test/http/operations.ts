import assert from "node:assert/strict";
import { Ajv } from "ajv";
import formats from "ajv-formats";

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required: boolean;
  readonly schema: object;
  readonly example?: unknown;
}

interface Media {
  readonly schema: object;
  readonly example?: unknown;
}

/** One operation of the OpenAPI document. */
export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security: readonly object[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: Readonly<Record<string, Media>> }>
  >;
}

export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Omit<Operation, "method" | "path">>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

export interface Answered {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

export async function readDocument(url: string): Promise<Document> {
  const response = await fetch(`${url}/openapi.json`);
  assert.equal(response.status, 200);
  return (await response.json()) as Document;
}

export function operationsOf(document: Document): Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  );
}

/** Judges values by the schemas of the document alone, with a validator that has nothing to do with the server's. */
export class Judge {
  readonly #ajv: Ajv;
  readonly #components: object;

  constructor(document: Document) {
    this.#components = document.components;
    // Formats of OpenAPI that are no formats of JSON schema are all that strict mode would find.
    this.#ajv = new Ajv({ strict: false, allErrors: true });
    formats.default(this.#ajv);
  }

  /** What is wrong with a value, or an empty text. */
  faults(schema: object, value: unknown): string {
    const validate = this.#ajv.compile({ ...schema, components: this.#components });
    return validate(value) ? "" : this.#ajv.errorsText(validate.errors);
  }

  /** Asserts that the answer is one which the document promises: its status, its media type and its body. */
  assertDocumented(operation: Operation, { status, contentType, text }: Answered): void {
    const where = `${operation.operationId} answered ${status} ${text.slice(0, 300)}`;
    const response = operation.responses[status];
    assert.ok(response, `${where}, which is not documented`);
    if (response.content === undefined) {
      assert.equal(text, "", `${where}, without a body in the document`);
      return;
    }
    const [type = ""] = contentType.split(";");
    const media = response.content[type];
    assert.ok(media, `${where} as ${type}`);
    const value = type.endsWith("json") ? JSON.parse(text) : text;
    assert.equal(this.faults(media.schema, value), "", where);
  }
}

/** What the document's reader would try: every parameter and the body as the examples have them. */
export function exampleCall(operation: Operation): {
  params: Record<string, string>;
  query: Record<string, string>;
  headers: Record<string, string>;
  body: unknown;
} {
  const of = (place: Parameter["in"]) =>
    Object.fromEntries(
      (operation.parameters ?? [])
        .filter((parameter) => parameter.in === place && parameter.example !== undefined)
        .map(({ name, example }) => [name, String(example)]),
    );
  const body = Object.values(operation.requestBody?.content ?? {})[0]?.example;
  return { params: of("path"), query: of("query"), headers: of("header"), body };
}

export function urlOf(path: string, params: Readonly<Record<string, string>>, query: Record<string, string>): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent((params[name] ?? "").toWellFormed()),
  );
  const search = new URLSearchParams(query).toString();
  return search === "" ? filled : `${filled}?${search}`;
}
