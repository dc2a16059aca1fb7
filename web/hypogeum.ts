import { createHypogeum, type DeviceKind, type Hypogeum } from "../src/client/client.ts";

/**
 * The client helper for a page: a guest is one tab's, so two tabs are two players; an account is the whole browser's.
 * The product is wherever the page came from, also under a path.
 */
export function pageHypogeum(): Hypogeum {
  return createHypogeum({ url: new URL(".", location.href).href, device: deviceKind() });
}

function deviceKind(): DeviceKind {
  return matchMedia("(pointer: coarse)").matches ? "mobile" : "desktop";
}
