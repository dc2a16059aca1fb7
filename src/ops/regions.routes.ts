import { z } from "zod";
import { type AnyEndpoint, defineEndpoint } from "../http/endpoint.ts";
import type { Regions } from "./regions.ts";

const Region = z
  .strictObject({
    region: z.string(),
    here: z.boolean().describe("Whether the process that answers runs there."),
    processes: z.int().min(1).describe("How many serve it."),
    ping: z
      .array(z.string())
      .describe(
        "Where to measure how far away it is: host[:port][/path] of processes there, which answer `GET /health`. Empty when one address fronts all of them.",
      ),
  })
  .meta({ id: "Region" });

/** Where there are servers. */
export function regionsEndpoints({ regions, own }: { regions: Regions; own: string }): readonly AnyEndpoint[] {
  return [
    defineEndpoint({
      ...{ method: "get", path: "/v1/regions", id: "listRegions", tag: "Regions", access: "account" },
      summary: "List the regions that are served",
      description: "By name. A process that died is counted for a few seconds more.",
      answers: {
        200: {
          description: "All of them.",
          body: z.strictObject({ items: z.array(Region), nextCursor: z.null() }),
        },
      },
      async handle() {
        const items = regions.list().map((region) => ({ ...region, here: region.region === own }));
        return { status: 200, body: { items, nextCursor: null } };
      },
    }),
  ];
}
