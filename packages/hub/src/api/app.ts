/** App: the hub's HTTP interface: who asks, what they ask, and the routes that answer. */
import type { HttpBindings } from "@hono/node-server";
import { Hono, type Context } from "hono";
import { HermodError } from "hermod";
import { toJson } from "hermod/remote";
import { identified, type Auth, type Principal } from "../auth/principal.ts";
import type { Failures } from "../server/failures.ts";
import { Exports } from "../exports/exports.ts";
import { safety } from "../server/safety.ts";
import { Looks } from "../systems.ts";
import { toldTo } from "./absent.ts";
import { readJson } from "./body.ts";
import { filterOf } from "./filters.ts";
import { toErrorResponse } from "./errors.ts";
import { Metrics } from "./metrics.ts";
import { Pulls } from "./pulls.ts";
import { MOST_REQUESTS, read, type Api, type ApiParts, type Asked, type Route, type Said } from "./route.ts";
import { isOpen } from "./routes/health.ts";
import { routes } from "./routes/index.ts";

export type { ApiParts } from "./route.ts";

/** What each request knows. */
export interface ApiEnv {
  readonly Bindings: HttpBindings;
  readonly Variables: { principal: Principal; route: Route | undefined; isPage: boolean };
}

/** The interface, and its end. */
export interface Interface {
  readonly app: Hono<ApiEnv>;
  /** Takes no more requests, lets go of who waits and looks on, and waits so many milliseconds for the requests that are answered now. */
  readonly drain: (timeout: number) => Promise<void>;
  /** Gives back what is held by requests that were answered. */
  readonly close: () => Promise<void>;
}

export function createApp(parts: ApiParts): Interface {
  const end = new AbortController();
  const own = {
    pulls: new Pulls(parts),
    metrics: new Metrics(),
    looks: new Looks(parts),
    exports: new Exports(),
  };
  const api: Api = { ...parts, ...own, ending: end.signal };
  const app = new Hono<ApiEnv>();
  app.onError((error) => told(api, error));
  app.notFound((c) => told(api, missing(c)));
  app.use(async (c, next) => {
    if (api.ending.aborted && c.req.path !== "/v1/health/live") throw closed();
    await counted(api, c, next);
    for (const [name, value] of Object.entries(safety))
      if (!c.get("isPage") || !c.res.headers.has(name)) c.res.headers.set(name, value);
  });
  app.use(async (c, next) => {
    const page = c.req.method === "GET" ? parts.page.serve(c.req.path, c.req.raw.headers) : undefined;
    if (page === undefined) return next();
    c.set("isPage", true);
    return page;
  });
  app.use(async (c, next) => {
    if (!isOpen(c.req.path)) c.set("principal", principalOf(c, api.auth, api.failures));
    await next();
  });
  for (const route of routes) app.on(route.method.toUpperCase(), route.path, serving(route, api));
  const drain = (timeout: number): Promise<void> => {
    end.abort(closed());
    return api.metrics.quiet(timeout);
  };
  return { app, drain, close: () => api.pulls.close() };
}

function closed(): HermodError {
  return new HermodError("HERMOD_CLOSED", "the hub is ending and takes no more requests", {
    details: { retryAfter: 1000 },
    hint: "Ask again when it is started anew.",
  });
}

/** What went wrong, as an answer; what nobody thought of is told to the operator. */
function told({ failed }: ApiParts, error: unknown): Response {
  if (!(error instanceof HermodError)) failed(error);
  return toErrorResponse(error);
}

async function counted({ metrics }: Api, c: Context<ApiEnv>, next: () => Promise<void>): Promise<void> {
  if (metrics.running >= MOST_REQUESTS)
    throw new HermodError(
      "HERMOD_OVERLOADED",
      `${MOST_REQUESTS} requests are answered now, the most at a time`,
      {
        details: { limit: "requests", value: MOST_REQUESTS, retryAfter: 1000 },
        hint: "Ask again in a moment.",
      },
    );
  metrics.running++;
  // It is answered when the last of it has gone out: a stream may take long.
  c.env.outgoing.once("close", () => metrics.left());
  await next();
  const route = c.get("route");
  metrics.answered(route?.method.toUpperCase() ?? "other", route?.path ?? "other", c.res.status);
}

/** Who asks, by the token of the header `authorization`. @throws HermodError HERMOD_UNAUTHORIZED, or HERMOD_RATE_LIMITED after many failures. */
function principalOf(c: Context<ApiEnv>, auth: Auth, failures: Failures): Principal {
  const said = c.req.header("authorization");
  const token = said === undefined ? undefined : (/^Bearer +(\S+)$/i.exec(said)?.[1] ?? "");
  return failures.watch(c.env.incoming.socket.remoteAddress, () => identified(auth, token));
}

function serving(route: Route, api: Api) {
  return async (c: Context<ApiEnv>): Promise<Response> => {
    const { raw: request } = c.req;
    c.set("route", route);
    const params = read(route.params, c.req.param(), "path");
    const query = read(route.query, queryOf(c), "query");
    const given = route.method === "get" ? undefined : await readJson(request);
    const body = route.body ? read(route.body, given, "body") : undefined;
    const principal = c.get("principal");
    checkFilters(route, query, body, api);
    const said = saidBy(c, principal, api);
    const answer = await served(route, { principal, params, query, body, request: said }, api);
    return answer instanceof Response ? answer : json(answer, route.status);
  };
}

/** @throws what the route throws, as it may be told to whoever asks. */
async function served(route: Route, asked: Asked, api: Api): Promise<unknown> {
  try {
    return await route.serve(asked, api);
  } catch (error) {
    throw toldTo(asked.principal, error);
  }
}

/** @throws HermodError HERMOD_BAD_FILTER where what is hidden is asked for. Whoever pulls gets it whole, and may choose by it. */
function checkFilters({ path }: Route, query: unknown, body: unknown, { redaction }: Api): void {
  const asked = path.endsWith("/pull") ? [query] : [query, body];
  for (const each of asked) {
    const { where } = Object(each) as { readonly where?: unknown };
    if (typeof where === "string") filterOf(where, redaction);
  }
}

/** Whose token is good no more may ask no more: a stream or a wait outlives it as little as whoever asks. */
function saidBy(c: Context<ApiEnv>, principal: Principal | undefined, { auth }: Api): Said {
  const { headers, signal } = c.req.raw;
  const end = new AbortController();
  if (auth.isOpen || principal === undefined) return { headers, signal, revoked: end.signal };
  const leave = auth.watch(principal, () =>
    end.abort(new HermodError("HERMOD_UNAUTHORIZED", "the hub does not know who asks")),
  );
  c.env.outgoing.once("close", leave);
  return { headers, signal: AbortSignal.any([signal, end.signal]), revoked: end.signal };
}

function json(value: unknown, status: number): Response {
  return new Response(toJson(value), { status, headers: { "content-type": "application/json" } });
}

/** What a query says; each name once. */
function queryOf(c: Context<ApiEnv>): Readonly<Record<string, string>> {
  const all = Object.entries(c.req.queries());
  const twice = all.find(([, values]) => values.length > 1);
  if (twice === undefined) return Object.fromEntries(all.map(([name, [value]]) => [name, value as string]));
  throw new HermodError("HERMOD_BAD_OPTION", `query.${twice[0].slice(0, 80)}: stands there twice`);
}

/** Nothing is there, or not for this method. */
function missing(c: Context<ApiEnv>): HermodError {
  const { path, method } = c.req;
  const shown = path.slice(0, 200);
  const allow = routes.filter((route) => fits(route.path, path)).map((route) => route.method.toUpperCase());
  if (allow.length === 0) return new HermodError("HERMOD_NOT_FOUND", `there is nothing at ${shown}`);
  return new HermodError("HERMOD_METHOD", `${shown} does not take ${method.slice(0, 20)}`, {
    details: { allow: allow.join(", ") },
  });
}

function fits(pattern: string, path: string): boolean {
  const [wanted, given] = [pattern.split("/"), path.split("/")];
  return (
    wanted.length === given.length &&
    wanted.every((part, at) => part === given[at] || (part.startsWith(":") && given[at] !== ""))
  );
}
