/** Files: secrets where they should not be, files that others could read or replace, packages. Groups 23, 25, 29, 32. */
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Audit, createToken, parseScopes, tokens } from "../../../packages/hub/src/index.ts";
import { begin } from "../../../packages/hub/src/cli/cli.test.kit.ts";
import { CANARY, Raw, told, type Ground } from "../ground.ts";
import { probes, type Probe, type Row } from "../probe.ts";

const root = join(import.meta.dirname, "../../..");
const secretsOf = ({ tokens: all }: Ground): readonly string[] =>
  Object.values(all).map((token) => token.slice(20));

function found(ground: Ground, text: string): string {
  return secretsOf(ground).some((secret) => text.includes(secret)) ? "found" : "not found";
}

const secrets: readonly Row[] = [
  [
    "looks for secrets in the file of tokens",
    async (ground) => found(ground, readFileSync(ground.guarded.file, "utf8")),
  ],
  [
    "looks for secrets in the audit",
    async (ground) => found(ground, readFileSync(ground.guarded.audit, "utf8")),
  ],
  ["looks for secrets in the store", async (ground) => found(ground, allText(ground.folder))],
  [
    "looks for secrets in the arguments of the process",
    async (ground) => found(ground, process.argv.join(" ")),
  ],
  [
    "looks for secrets in what a welcome says",
    async (ground) => found(ground, JSON.stringify(ground.victim.welcome)),
  ],
  [
    "looks for secrets in the error for a token",
    async (ground) => {
      using raw = await Raw.hello(ground.guarded.hub.url, { token: `${ground.tokens.victim}x` });
      return found(ground, JSON.stringify(raw.welcome));
    },
  ],
  [
    "looks for payloads in the audit",
    async ({ guarded }) => (readFileSync(guarded.audit, "utf8").includes(CANARY) ? "found" : "not found"),
  ],
  [
    "looks for payloads in an error",
    async (ground) =>
      (
        await ground.stranger("append", { envelope: { id: "s", from: "theirs", to: "x", payload: CANARY } })
      ).includes(CANARY)
        ? "found"
        : "not found",
  ],
];
/** What a hub of the command line has written when it ends, of all that was said to it. */
async function written(ground: Ground, more: (token: string) => object): Promise<string> {
  const folder = place(ground);
  const may = parseScopes(["serve:*", "send:*", "read:*"]);
  const { token: made } = createToken(join(folder, "tokens.json"), {
    name: "x",
    kind: "system",
    scopes: may,
  });
  const hub = begin(
    ["hub", "--port", "0", "--tokens", "tokens.json", "--store", "hub.db", "--log-level", "debug", "--json"],
    { cwd: folder },
  );
  const [, url = ""] = /"url":"([^"]+)"/.exec(await hub.out(/"url":"[^"]+"/)) ?? [];
  const headers = { "content-type": "application/json", authorization: `Bearer ${made}`, ...more(made) };
  const body = JSON.stringify({ said: CANARY });
  const sent = await fetch(`${url}/v1/agents/x/y?verb=cast&hold=true`, { method: "POST", headers, body });
  await fetch(`${url}/v1/history?token=${made}`, { headers });
  (await Raw.hello(url, { token: made }))[Symbol.dispose]();
  hub.child.kill("SIGTERM");
  const { out, err, code } = await hub.ended;
  if (code !== 0 || ![202, 401].includes(sent.status) || !err.includes("listening"))
    return `ended with ${code}: ${err}`;
  const text = out + err + readFileSync(join(folder, "audit.jsonl"), "utf8");
  return text.includes(made.slice(20)) || text.includes(CANARY) ? "found" : "not found";
}
const shown = async ({ guarded: { hub }, tokens: { victim } }: Ground, path: string): Promise<string> => {
  const ask = () => fetch(`${hub.url}${path}`, { headers: { authorization: `Bearer ${victim}` } });
  // What it keeps of the first request shows in the answer to the second.
  await (await ask()).arrayBuffer();
  const answer = await ask();
  return answer.status === 200 ? answer.text() : `no answer: ${answer.status}`;
};
const logged: readonly Row[] = [
  ["looks for secrets and payloads in a hub's log", (ground) => written(ground, () => ({}))],
  [
    "looks for a token that is wrong by a letter in a hub's log",
    (ground) => written(ground, (made) => ({ authorization: `Bearer ${made}x` })),
  ],
  [
    "looks for a token in another place in a hub's log",
    (ground) => written(ground, (made) => ({ cookie: `token=${made}`, "x-token": made, "user-agent": made })),
  ],
  ...["/metrics", "/v1/statistics", "/v1/systems", "/v1/agents", "/v1/openapi.json"].map((path): Row => [
    `looks for secrets and payloads in ${path}`,
    async (ground) => {
      const text = await shown(ground, path);
      if (text.startsWith("no answer")) return text;
      return text.includes(CANARY) ? "found" : found(ground, text);
    },
  ]),
];
const handedOn: Row = [
  "looks for the sender's token in a message",
  async (ground) => {
    using raw = await ground.as("stranger");
    await raw.ask("append", { envelope: { id: "handed", from: "mine", to: "mine" } });
    return found(ground, told(await raw.ask("claim", { mailbox: "mine", max: 10, lease: 1000 })));
  },
];

function allText(folder: string): string {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => readFileSync(join(folder, name), "latin1"))
    .join("\n");
}

let folders = 0;
/** A directory of its own for each try. */
function place({ folder }: Ground, mode = 0o700): string {
  const made = join(folder, `place-${++folders}`);
  mkdirSync(made);
  chmodSync(made, mode);
  return made;
}
const token = (file: string) =>
  createToken(file, { name: "x", kind: "system", scopes: parseScopes(["serve:x"]) });

const unsafe: readonly Row[] = [
  ["tokens where all may write", async (ground) => (token(join(place(ground, 0o777), "t.json")), "made")],
  ["tokens where a group may write", async (ground) => (token(join(place(ground, 0o770), "t.json")), "made")],
  [
    "tokens where all may write, but not remove",
    async (ground) => (token(join(place(ground, 0o1777), "t.json")), "made"),
  ],
  ["tokens that all can read", async (ground) => read(ground, 0o644)],
  ["tokens that a group can read", async (ground) => read(ground, 0o640)],
  ["tokens that all can write", async (ground) => read(ground, 0o602)],
  [
    "tokens behind a symbolic link",
    async (ground) => {
      const [own, there] = [place(ground), place(ground)];
      token(join(there, "t.json"));
      symlinkSync(join(there, "t.json"), join(own, "t.json"));
      tokens(join(own, "t.json")).close();
      return "read";
    },
  ],
  [
    "new tokens through a symbolic link",
    async (ground) => {
      const own = place(ground);
      writeFileSync(join(own, "other"), "");
      symlinkSync(join(own, "other"), join(own, "t.json"));
      token(join(own, "t.json"));
      return "made";
    },
  ],
  [
    "tokens with a second name",
    async (ground) => {
      const own = place(ground);
      token(join(own, "t.json"));
      linkSync(join(own, "t.json"), join(own, "u.json"));
      tokens(join(own, "t.json")).close();
      return "read";
    },
  ],
  [
    "an audit behind a symbolic link",
    async (ground) => {
      const own = place(ground);
      symlinkSync(join(own, "other"), join(own, "a.jsonl"));
      new Audit(join(own, "a.jsonl")).close();
      return "opened";
    },
  ],
  [
    "an audit where all may write",
    async (ground) => (new Audit(join(place(ground, 0o777), "a.jsonl")).close(), "opened"),
  ],
];
function read(ground: Ground, mode: number): string {
  const file = join(place(ground), "t.json");
  token(file);
  chmodSync(file, mode);
  tokens(file).close();
  return "read";
}
const modes: readonly Row[] = [
  ["the mode of the file of tokens", async ({ guarded }) => modeOf(guarded.file)],
  ["the mode of the audit", async ({ guarded }) => modeOf(guarded.audit)],
  ["the mode of the store", async ({ folder }) => modeOf(join(folder, "hub.db"))],
  ["the mode of the store's log", async ({ folder }) => modeOf(join(folder, "hub.db-wal"))],
];
function modeOf(file: string): string {
  return existsSync(file) ? (statSync(file).mode & 0o777).toString(8) : "none";
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
}
const manifest = (name: string): Manifest =>
  JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8")) as Manifest;
const packages: readonly Row[] = [
  [
    "looks for packages that the library needs",
    async () => (Object.keys(manifest("hermod").dependencies ?? {}).length === 0 ? "sound" : "some"),
  ],
  [
    "looks for versions of the hub's packages that may change",
    async () =>
      Object.values(manifest("hub").dependencies ?? {}).every((version) => /^\d+\.\d+\.\d+$/.test(version))
        ? "sound"
        : "loose",
  ],
  ...["hermod", "hub"].map((name): Row => [
    `looks for scripts at the installation of ${name}`,
    async () =>
      Object.keys(manifest(name).scripts ?? {}).some((script) => /install/.test(script)) ? "some" : "sound",
  ]),
  [
    "looks for packages without a checksum",
    async () => {
      const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
        readonly packages: Record<
          string,
          { readonly resolved?: string; readonly integrity?: string; readonly link?: boolean }
        >;
      };
      const loose = Object.values(lock.packages).filter(
        ({ resolved, integrity, link }) => resolved !== undefined && link !== true && integrity === undefined,
      );
      return loose.length === 0 ? "sound" : `${loose.length} loose`;
    },
  ],
];

export const files: readonly Probe[] = [
  ...probes(23, /^not found$/, [...secrets, ...logged]),
  ...probes(25, /^not found$/, [handedOn]),
  ...probes(29, /^threw HERMOD_UNSAFE_FILE/, unsafe),
  ...probes(29, /^600$/, modes),
  ...probes(32, /^sound$/, packages),
];
