/** App: the hub's HTTP interface. */
import { Hono } from "hono";
import type { System } from "hermod";
import type { Hosting } from "hermod/remote";
import type { Auth, Principal } from "../auth/principal.ts";

/** What the interface works with. */
export interface ApiParts {
  readonly system: System;
  readonly hosting: Hosting;
  readonly auth: Auth;
}

/** What each request knows. */
export interface ApiEnv {
  readonly Variables: { principal: Principal };
}

export function createApp(_parts: ApiParts): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  app.get("/v1/health", (c) => c.json({ ok: true }));
  return app;
}
