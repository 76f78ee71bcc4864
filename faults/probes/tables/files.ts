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
  ...probes(23, /^not found$/, secrets),
  ...probes(25, /^not found$/, [handedOn]),
  ...probes(29, /^threw HERMOD_UNSAFE_FILE/, unsafe),
  ...probes(29, /^600$/, modes),
  ...probes(32, /^sound$/, packages),
];
