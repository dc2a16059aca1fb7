import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import express, { Router } from "express";
import { z } from "zod";
import { type AnyEndpoint, defineEndpoint } from "./endpoint.ts";
import { openApiDocument } from "./openapi.ts";

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Hypogeum API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`;

/** A file of its own, because the content security policy allows no script within a page. */
const START = `SwaggerUIBundle({ url: "openapi.json", dom_id: "#docs", deepLinking: true });\n`;

const FILES = ["swagger-ui.css", "swagger-ui-bundle.js"];

/** The endpoints, and with them their document and the page that shows it, which it documents as well. */
export function withDocs(endpoints: readonly AnyEndpoint[], version: string): readonly AnyEndpoint[] {
  const headers = { "Cache-Control": "no-cache" };
  let text: string | undefined;
  const all: readonly AnyEndpoint[] = [
    ...endpoints,
    defineEndpoint({
      ...{ method: "get", path: "/openapi.json", id: "getOpenApi", tag: "Operations", access: "anyone" },
      summary: "This document",
      answers: { 200: { description: "OpenAPI 3.0.3.", mediaType: "application/json", body: z.looseObject({}) } },
      async handle() {
        text ??= JSON.stringify(openApiDocument(all, version));
        return { status: 200, body: text, headers };
      },
    }),
    defineEndpoint({
      ...{ method: "get", path: "/docs", id: "getDocs", tag: "Operations", access: "anyone" },
      summary: "This document, for people",
      answers: { 200: { description: "A page.", mediaType: "text/html" } },
      async handle() {
        return { status: 200, body: PAGE, headers };
      },
    }),
  ];
  return all;
}

/** What the page loads, from the package; to be mounted at `/docs`. */
export function docsFiles(): Router {
  const router = Router();
  const folder = dirname(fileURLToPath(import.meta.resolve("swagger-ui-dist/package.json")));
  const licence = readFileSync(new URL("../../LICENSE", import.meta.url), "utf8");
  router.get("/start.js", (_req, res) => void res.type("text/javascript").send(START));
  router.get("/licence.txt", (_req, res) => void res.type("text/plain").send(licence));
  router.get(
    FILES.map((file) => `/${file}`),
    express.static(folder, { index: false, maxAge: "1h" }),
  );
  return router;
}
