import { type SchemaType, schema, t } from "@colyseus/schema";

/** What everybody may know of a queue. */
export const LobbyQueue = schema(
  {
    id: t.string().default(""),
    /** Tickets that wait. */
    tickets: t.uint32().default(0),
    /** Seconds; -1 while nobody has been matched lately. */
    estimatedWaitSeconds: t.int32().default(-1),
  },
  "LobbyQueue",
);
export type LobbyQueue = SchemaType<typeof LobbyQueue>;

/** Tickets and parties are told to their players alone, by messages. */
export const LobbyState = schema({ queues: t.map(LobbyQueue) }, "LobbyState");
export type LobbyState = SchemaType<typeof LobbyState>;
