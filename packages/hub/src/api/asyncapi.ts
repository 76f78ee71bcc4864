/** AsyncAPI: the route that serves the description of the socket's protocol. */
import { Hono } from "hono";
import { asyncApi } from "../protocol/asyncapi.ts";
import type { ApiEnv } from "./app.ts";

/** `GET /v1/asyncapi.json`: to be mounted at the root. */
export const asyncApiRoutes = new Hono<ApiEnv>().get("/v1/asyncapi.json", (c) => c.json(document()));

let made: ReturnType<typeof asyncApi> | undefined;

/** It is the same for everybody. */
function document(): ReturnType<typeof asyncApi> {
  return (made ??= asyncApi());
}
