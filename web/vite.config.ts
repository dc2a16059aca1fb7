import { fileURLToPath } from "node:url";
import type { InlineConfig } from "vite";

const page = (name: string) => fileURLToPath(new URL(`${name}.html`, import.meta.url));

/**
 * The pages are served under a policy of `default-src 'self'`: nothing inline, no data URIs, nothing from elsewhere.
 * A plain object, so that reading it does not load Vite.
 */
const config: InlineConfig = {
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  publicDir: false,
  configFile: false,
  logLevel: "warn",
  build: {
    target: "es2022",
    assetsDir: "assets",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    emptyOutDir: true,
    rolldownOptions: { input: ["index", "play", "dice", "arena", "combat", "account"].map(page) },
  },
};

export default config;
