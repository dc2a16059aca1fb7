import type { AnyEndpoint } from "./endpoint.ts";
import { answersOf } from "./openapi-answers.ts";
import { Components, exampleOf, type Part } from "./openapi-schemas.ts";

/** Every tag that endpoints may have, in the order in which readers see them. */
export const TAGS: Readonly<Record<string, string>> = {
  "Sign-in": "Guests, registration, sign-in, refresh and sign-out.",
  Account: "One's own account and devices, and what others see of a player.",
  "Stock SDK": "The routes that `client.auth` of the Colyseus SDK calls.",
  Sessions: "Games and saved states, live or not: list, read, change, act, pause, end.",
  Seats: "Ways into a session: reservations, spectating, handing a seat to another device.",
  Invites: "Codes that let others into a session.",
  Combat: "Turn-based fights: encounters, what is done in them, what is seen of them.",
  Campaigns: "Groups of sessions that belong together.",
  Matchmaking: "Asking for a match: queues, tickets, and why one waits.",
  Parties: "Playing with friends.",
  Ranking: "Ratings, leaderboards and the matches that they come from.",
  Regions: "Where there are servers.",
  Administration: "Bans and roles.",
  Audit: "Who changed what.",
  Operations: "What load balancers and monitoring ask, and this documentation.",
};

const SECURITY_SCHEMES = {
  bearer: {
    ...{ type: "http", scheme: "bearer", bearerFormat: "JWT" },
    description: "The access token that signing in answered.",
  },
  serviceKey: {
    ...{ type: "apiKey", in: "header", name: "X-Service-Key" },
    description: "The key of another service of the studio, as `SERVICE_KEYS` lists it.",
  },
  session: {
    ...{ type: "apiKey", in: "query", name: "reconnectionToken" },
    description:
      "The reconnection token of one seat of one session. The SDK sends it when it opens or reopens the session's " +
      "WebSocket, after a seat was reserved by `join`, `spectate` or a handoff. No operation below takes it.",
  },
};

/** The OpenAPI 3.0.3 document of the endpoints, made from the schemas that validate their calls. */
export function openApiDocument(endpoints: readonly AnyEndpoint[], version: string): Part {
  const components = new Components();
  const paths: Record<string, Part> = {};
  for (const endpoint of endpoints) {
    paths[endpoint.path] ??= {};
    paths[endpoint.path]![endpoint.method] = operationOf(endpoint, components);
  }
  const used = new Set(endpoints.map(({ tag }) => tag));
  return {
    openapi: "3.0.3",
    info: {
      ...{ title: "Hypogeum", version },
      description: "Durable game sessions: identity, sessions and operations. Play itself goes through Colyseus.",
      contact: { name: "The Hypogeum authors", url: "/" },
      license: { name: "MIT", url: "https://opensource.org/license/mit" },
      termsOfService: "/docs/licence.txt",
    },
    servers: [{ url: "/", description: "This server." }],
    externalDocs: { description: "The SDKs of the real-time side.", url: "https://docs.colyseus.io" },
    tags: Object.entries(TAGS).flatMap(([name, description]) => (used.has(name) ? [{ name, description }] : [])),
    // Every operation says for itself; this also tells of the WebSocket.
    security: Object.keys(SECURITY_SCHEMES).map((name) => ({ [name]: [] })),
    paths,
    components: { schemas: components.schemas, securitySchemes: SECURITY_SCHEMES },
  };
}

function operationOf(endpoint: AnyEndpoint, components: Components): Part {
  const { id, tag, summary, description, access, body } = endpoint;
  const parameters = [
    ...parametersOf("path", endpoint.params, endpoint.examples?.params, components),
    ...parametersOf("query", endpoint.query, endpoint.examples?.query, components),
    ...headersOf(endpoint),
  ];
  return {
    ...{ operationId: id, tags: [tag], summary },
    ...(description === undefined ? {} : { description }),
    security: access === "anyone" ? [] : [{ bearer: [] }, { serviceKey: [] }],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body === undefined ? {} : { requestBody: requestBodyOf(endpoint, components) }),
    responses: answersOf(endpoint, components),
  };
}

function requestBodyOf({ body, bodyType, examples }: AnyEndpoint, components: Components): Part {
  const schema = components.of(body!, "input");
  const media = { schema, ...(examples?.body === undefined ? {} : { example: examples.body }) };
  const types = ["application/json", ...(bodyType === undefined ? [] : [bodyType])];
  return { required: true, content: Object.fromEntries(types.map((type) => [type, media])) };
}

function parametersOf(
  place: "path" | "query",
  schema: AnyEndpoint["params"],
  examples: Part | undefined,
  components: Components,
): Part[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = components.of(schema, "input") as {
    properties?: Record<string, Part>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => {
    const given = examples?.[name] ?? exampleOf(rest);
    // Examples are written as handlers see them; a flag may travel as text.
    const example = rest.type === "string" && given !== undefined ? String(given) : given;
    return {
      ...{ name, in: place, required: place === "path" || required.includes(name) },
      ...(description === undefined ? {} : { description }),
      schema: rest,
      ...(example === undefined ? {} : { example }),
    };
  });
}

function headersOf({ ifMatch, idempotent, answers }: AnyEndpoint): Part[] {
  const text = { type: "string" };
  const header = (name: string, required: boolean, description: string, example: string) => ({
    ...{ name, in: "header", required, description, schema: text, example },
  });
  return [
    ...(ifMatch
      ? [
          header(
            "If-Match",
            ifMatch === "required",
            "The version that is to be changed, as its ETag says; `*` for any.",
            '"7"',
          ),
        ]
      : []),
    ...(answers[304] ? [header("If-None-Match", false, "The version that the caller has.", '"7"')] : []),
    ...(idempotent
      ? [header("Idempotency-Key", false, "The same key and body within 24 hours gives the same answer.", "order-17")]
      : []),
  ];
}
