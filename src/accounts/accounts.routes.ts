import { type RequestHandler, Router } from "express";
import { z } from "zod";
import { refusal } from "../errors.ts";
import { principalOf } from "../http/authenticate.ts";
import { readBody } from "../http/validate.ts";
import type { Accounts } from "./accounts.ts";

const GuestRequest = z.strictObject({ deviceId: z.string().min(1).max(128) });

/** Identity routes, to be mounted at `/v1`. */
export function accountsRoutes(parts: {
  accounts: Accounts;
  /** Lets requests with a valid access token through. */
  authenticated: RequestHandler;
  guestLimit: RequestHandler;
}): Router {
  const { accounts, authenticated, guestLimit } = parts;
  const router = Router();

  router.post("/auth/guest", guestLimit, async (req, res) => {
    const { deviceId } = readBody(req, GuestRequest);
    res
      .set("Cache-Control", "no-store")
      .status(201)
      .json(await accounts.createGuest(deviceId));
  });

  router.get("/me", authenticated, async (req, res) => {
    const account = await accounts.find(principalOf(req).accountId);
    // The token outlived its account.
    if (account === null) throw refusal("unauthorized");
    res.set("Cache-Control", "no-store").json(account);
  });

  return router;
}
