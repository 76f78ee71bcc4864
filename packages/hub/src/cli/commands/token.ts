/** Token: who may speak to a hub. Works on the file of tokens itself; a hub that uses it notices by itself. */
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { Audit } from "../../auth/audit.ts";
import type { PrincipalKind } from "../../auth/principal.ts";
import { allScopes, parseScopes, type Scopes } from "../../auth/scopes.ts";
import { createToken, readTokens, revokeToken, rotateToken, type TokenRecord } from "../../auth/tokenfile.ts";
import type { Given, Run } from "../command.ts";
import { choiceOf, durationOf, given, isSet, textOf, type Options } from "../options.ts";
import { Missing, Usage } from "../problem.ts";
import { quoted } from "../records.ts";
import { auditOf, folderOf } from "../serving.ts";
import { commandLine, moment, table } from "../text.ts";

/** Beside the store, where nothing else is said. */
async function fileOf({ settings, io }: Given): Promise<{ readonly file: string; readonly audit: string }> {
  const { tokens, store } = await settings();
  const file = io.path(tokens ?? join(folderOf(store), "tokens.json"));
  const audit = io.path(auditOf(store));
  for (const each of [file, audit]) mkdirSync(dirname(each), { recursive: true, mode: 0o700 });
  return { file, audit };
}

const kinds: readonly PrincipalKind[] = ["system", "person", "agent"];

/** The secret is told this once: the file keeps its hash alone. */
export const create: Run = async (asked) => {
  const { args, options } = asked;
  const life = durationOf(options, "expires");
  const wanted = {
    ...{ name: args[0] ?? "", kind: choiceOf(options, "kind", kinds) ?? "system", scopes: scopesOf(options) },
    ...given({
      tenant: textOf(options, "tenant"),
      expires: life === undefined ? undefined : Date.now() + Math.round(life),
    }),
  };
  const { file, audit } = await fileOf(asked);
  using acts = new Audit(audit);
  const { token, record } = createToken(file, wanted, acts);
  return {
    data: { token, file, ...tokenData(record) },
    text: () => `${token}\n`,
    aside: `${record.name} in ${file}. This is the only time that it is shown; give it by HERMOD_TOKEN.`,
    suggest: commandLine("hub --tokens", file),
  };
};

/** @throws Usage where nothing would be allowed by mistake. */
function scopesOf(options: Options): Scopes {
  const written = textOf(options, "scope");
  if (isSet(options, "all")) return allScopes;
  if (written !== undefined) return parseScopes(written.split(","));
  throw new Usage(
    "a token needs --scope or --all",
    "--scope send:writer,read:team.* allows these and nothing else.",
  );
}

function tokenData({ id, name, kind, tenant, scopes, created, expires, revoked }: TokenRecord) {
  const times = { expires: expires && moment(expires), revoked: revoked && moment(revoked) };
  return given({ id, name, kind, tenant, scopes, created: moment(created), ...times });
}

export const ls: Run = async (asked) => {
  const { file } = await fileOf(asked);
  const records = readTokens(file);
  const now = Date.now();
  return {
    data: records.map(tokenData),
    text: (look) =>
      table(
        records,
        [
          ["ID", ({ id }) => id],
          ["NAME", ({ name }) => name],
          ["KIND", ({ kind }) => kind],
          ["TENANT", ({ tenant }) => tenant],
          ["STATE", (record) => stateOf(record, now)],
          ["CREATED", ({ created }) => moment(created)],
          ["EXPIRES", ({ expires }) => moment(expires)],
          ["SCOPES", ({ scopes }) => scopeText(scopes)],
        ],
        look,
      ),
  };
};

function stateOf({ revoked, expires = Infinity }: TokenRecord, now: number): string {
  if (revoked !== undefined) return "revoked";
  return expires <= now ? "expired" : "good";
}

function scopeText(scopes: Scopes): string {
  return Object.entries(scopes)
    .flatMap(([right, subjects]) => subjects.map((subject) => `${right}:${subject}`))
    .join(",");
}

export const revoke: Run = async (asked) => {
  const [which = ""] = asked.args;
  const { file, audit } = await fileOf(asked);
  using acts = new Audit(audit);
  const revoked = revokeToken(file, which, acts);
  if (revoked === 0)
    throw new Missing(`no token in force is called ${quoted(which)}`, "hermod token ls lists them.");
  return { data: { which, revoked }, text: () => `revoked ${revoked}\n` };
};

/** The new one has the rights and the end of the old one, which ends at once or after --grace. */
export const rotate: Run = async (asked) => {
  const [id = ""] = asked.args;
  const grace = Math.round(durationOf(asked.options, "grace") ?? 0);
  const { file, audit } = await fileOf(asked);
  using acts = new Audit(audit);
  const { token, record } = rotateToken(file, id, grace, acts);
  return {
    data: { token, file, ...tokenData(record) },
    text: () => `${token}\n`,
    aside: `${record.name} in ${file}. This is the only time that it is shown; give it by HERMOD_TOKEN.`,
  };
};
