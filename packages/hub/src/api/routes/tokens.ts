/** Tokens: who may speak to the hub: listed, made, replaced and ended by those who administer it. A secret is told once. */
import { HermodError } from "hermod";
import * as z from "zod";
import { demand, fullName, rights, type Principal } from "../../auth/principal.ts";
import { toScopes, type Scopes } from "../../auth/scopes.ts";
import type { TokenKeeper, TokenRecord } from "../../auth/tokenfile.ts";
import { withTimes } from "../../shown.ts";
import { route, type Api } from "../route.ts";
import * as fields from "../schemas.ts";
import { EVERYTHING } from "../seen.ts";

const needs = "administer, of everything";
const id = z.string().regex(/^[0-9a-f]{12}$/, "must be the id of a token");
const scopes = z.partialRecord(z.enum(rights), z.array(z.string().min(1).max(200)).max(200));
const kind = z.enum(["system", "person", "agent"]);
const YEARS = 100 * 366 * 86_400_000;

const token = z.object({
  ...{ id, name: z.string(), kind, scopes, created: fields.time },
  tenant: z.string().optional(),
  state: z.enum(["good", "expired", "revoked"]),
  expires: fields.time.optional(),
  revoked: fields.time.optional(),
});
const secret = token.extend({ token: z.string().describe("Told this once") });

function shown({ hash: _, ...record }: TokenRecord): object {
  const { revoked, expires = Infinity } = record;
  const state = revoked !== undefined ? "revoked" : expires <= Date.now() ? "expired" : "good";
  return { ...withTimes(record, "created", "expires", "revoked"), state };
}

/** Refuses who may not, which the audit keeps; what is done is noted with its subject when it is done. @throws HermodError HERMOD_FORBIDDEN, HERMOD_UNSUPPORTED. */
function keeperFor(principal: Principal, { keeper }: Api, act: string): TokenKeeper {
  if (!principal.may("administer", EVERYTHING)) demand(principal, "administer", EVERYTHING, act);
  if (keeper) return keeper;
  throw new HermodError("HERMOD_UNSUPPORTED", "this hub has no file of tokens", {
    hint: "hermod token create NAME --all makes one; start the hub with it: hermod hub --tokens FILE.",
  });
}

export const tokens = [
  route("tokens", "get /v1/tokens", {
    does: "The tokens of the hub, without their secrets.",
    needs,
    answer: z.object({
      kept: z.boolean().describe("Whether this hub has a file of tokens that it may change"),
      items: z.array(token),
    }),
    serve: ({ principal }, api) => {
      if (!principal.may("administer", EVERYTHING))
        demand(principal, "administer", EVERYTHING, "read the tokens");
      return { kept: api.keeper !== undefined, items: (api.keeper?.list() ?? []).map(shown) };
    },
  }),
  route("tokens", "post /v1/tokens", {
    does: "Makes a token; its secret is told in this answer and never again.",
    needs,
    body: z.strictObject({
      ...{ name: z.string().max(80), kind: kind.default("system") },
      tenant: z.string().max(40).optional(),
      scopes: scopes.describe("For each right the subjects; * at the end for all that begin so"),
      expires: fields.duration(YEARS, 1000).optional().describe("How long it is good; default without end"),
    }),
    answer: secret,
    status: 201,
    serve: ({ principal, body }, api) => {
      const keeper = keeperFor(principal, api, "token create");
      const { name, kind: of, tenant, expires } = body;
      const made = keeper.create({
        ...{ name, kind: of, scopes: toScopes(body.scopes) as Scopes },
        ...(tenant !== undefined && { tenant }),
        ...(expires !== undefined && { expires: Date.now() + Math.round(expires) }),
      });
      principal.note?.("token create", `${fullName(made.record)} ${made.record.id}`, "done");
      return { ...shown(made.record), token: made.token };
    },
  }),
  route("tokens", "post /v1/tokens/:id/rotate", {
    does: "Makes a token with the rights and the end of another one, which ends at once or after `grace`. Its secret is told in this answer and never again.",
    needs,
    params: z.strictObject({ id }),
    body: z.strictObject({
      grace: fields
        .duration(30 * 86_400_000)
        .default(0)
        .describe("How long the old one is still good; most 30 days"),
    }),
    answer: secret,
    status: 201,
    serve: ({ principal, params, body: { grace } }, api) => {
      const made = keeperFor(principal, api, "token rotate").rotate(params.id, Math.round(grace));
      const subject = `${fullName(made.record)} ${params.id} by ${made.record.id}`;
      principal.note?.("token rotate", subject, "done");
      return { ...shown(made.record), token: made.token };
    },
  }),
  route("tokens", "delete /v1/tokens/:id", {
    does: "Ends a token at once, and what is open in its name.",
    needs,
    params: z.strictObject({ id }),
    answer: z.object({ revoked: z.number() }),
    serve: ({ principal, params }, api) => {
      const revoked = keeperFor(principal, api, "token revoke").revoke(params.id);
      if (revoked === 0)
        throw new HermodError("HERMOD_NOT_FOUND", `no token in force has the id ${params.id}`);
      principal.note?.("token revoke", params.id, "done");
      return { revoked };
    },
  }),
];
