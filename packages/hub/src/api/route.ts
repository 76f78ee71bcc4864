/** Route: one address of the interface: what it takes and gives, and what it does. The app and its description are made from these. */
import { HermodError, type Store, type System } from "hermod";
import type { Hosting } from "hermod/remote";
import * as z from "zod";
import type { Redaction } from "../redaction.ts";
import type { Audit } from "../auth/audit.ts";
import type { Auth, Principal } from "../auth/principal.ts";
import type { TokenKeeper } from "../auth/tokenfile.ts";
import type { ConfigLine } from "../config.ts";
import type { Exports } from "../exports/exports.ts";
import type { PageFiles } from "../page/files.ts";
import type { Failures } from "../server/failures.ts";
import type { Looks } from "../systems.ts";
import type { Upkeep } from "../upkeep/upkeep.ts";
import type { Views } from "../views/keeper.ts";
import type { Feed } from "./feed.ts";
import type { Metrics } from "./metrics.ts";
import type { Pulls } from "./pulls.ts";
import * as fields from "./schemas.ts";
import type { Series } from "./series.ts";
import type { Traffic } from "./traffic.ts";

/** What the interface works with. */
export interface ApiParts {
  readonly system: System;
  readonly store: Store;
  readonly hosting: Hosting;
  readonly auth: Auth;
  /** Absent where there is no file of tokens. */
  readonly keeper?: TokenKeeper;
  /** Tells what happens in the store. */
  readonly feed: Feed;
  /** Wrong tokens by address, over all ways in. */
  readonly failures: Failures;
  /** How much of it happened when. */
  readonly series: Series;
  /** Who sent how much of it to whom lately. */
  readonly traffic: Traffic;
  /** How many bytes the store takes; undefined where nobody knows. */
  readonly size: () => number | undefined;
  /** Absent where none is kept. */
  readonly audit?: Audit;
  /** What nobody is shown. */
  readonly redaction: Redaction;
  /** What people look at again and again. */
  readonly views: Views;
  /** Copies of the store, and room given back. */
  readonly upkeep: Upkeep;
  /** What holds, and who said so. */
  readonly config: readonly ConfigLine[];
  /** The dashboard. */
  readonly page: PageFiles;
  /** Hears of what went wrong inside and is not told to who asked. */
  readonly failed: (error: unknown) => void;
}

/** What routes work with. */
export interface Api extends ApiParts {
  readonly pulls: Pulls;
  readonly metrics: Metrics;
  readonly exports: Exports;
  /** What the systems behind the hub say of themselves. */
  readonly looks: Looks;
  /** Fires when the hub ends: whoever waits or looks on is let go. */
  readonly ending: AbortSignal;
}

/** What a route hears of the request itself. */
export interface Said extends Pick<Request, "headers"> {
  /** Fires when whoever asks has gone, or may ask no more. */
  readonly signal: AbortSignal;
  /** Fires when whoever asks may ask no more. */
  readonly revoked: AbortSignal;
}

/** A request, read and checked. */
export interface Asked<P = unknown, Q = unknown, B = unknown> {
  readonly principal: Principal;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly request: Said;
}

/** Most requests that are answered at a time. */
export const MOST_REQUESTS = 2000;

export const methods = ["get", "post", "delete"] as const;

/** One address; `serve` gives what the answer says, or the whole answer. */
export interface Route {
  readonly method: (typeof methods)[number];
  /** With parameters as `:name`. */
  readonly path: string;
  readonly group: string;
  /** What it does, in one sentence. */
  readonly does: string;
  /** Which right it demands of what. */
  readonly needs: string;
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: z.ZodType | undefined;
  /** What it gives: JSON of this form, or text of this media type. */
  readonly answer: z.ZodType | string;
  readonly status: number;
  readonly serve: (asked: Asked, api: Api) => unknown;
}

interface Terms<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType> {
  readonly does: string;
  readonly needs: string;
  readonly params?: P;
  readonly query?: Q;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: B;
  readonly answer: z.ZodType | string;
  readonly status?: number;
  readonly serve: (asked: Asked<z.output<P>, z.output<Q>, z.output<B>>, api: Api) => unknown;
}

const nothing = z.strictObject({});
type Nothing = typeof nothing;

/** A route: `route("tasks", "get /v1/tasks/:id", { … })`. */
export function route<
  P extends z.ZodObject = Nothing,
  Q extends z.ZodObject = Nothing,
  B extends z.ZodType = z.ZodUndefined,
>(group: string, place: string, terms: Terms<P, Q, B>): Route {
  const [method, path] = place.split(" ") as [Route["method"], string];
  const { params, query, body, headers = {}, status = 200, serve, ...rest } = terms;
  return {
    ...{ ...rest, group, method, path, headers, status },
    params: params ?? nothing,
    query: query ?? nothing,
    body: body as z.ZodType | undefined,
    serve: serve as Route["serve"],
  };
}

/** A part of a request by its schema. @throws HermodError HERMOD_BAD_OPTION naming what is wrong. */
export function read<T extends z.ZodType>(schema: T, value: unknown, what: string): z.output<T> {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const path = [what, ...(issue?.path ?? []).map(String)].join(".");
  throw new HermodError("HERMOD_BAD_OPTION", `${path}: ${issue?.message.slice(0, 300)}`, {
    details: { option: path, route: "/v1/openapi.json" },
  });
}

/** A page of a list. */
export function pageOf(item: z.ZodType): z.ZodObject {
  return z.object({ items: z.array(item), next: fields.cursor.optional() });
}
