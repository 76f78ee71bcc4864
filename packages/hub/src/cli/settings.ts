/**
 * Settings: what holds for several commands. A flag counts more than the environment, that more than hermod.config, that more than the
 * default. A context says where a hub is and who asks: one that a flag names counts like a flag, one of the environment like the
 * environment, and the one in use where nothing else is said.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { contextOf, contextsFile, readContexts, tokenOf } from "./contexts.ts";
import type { Io } from "./io.ts";
import type { Options } from "./options.ts";
import { Usage } from "./problem.ts";

/** What can be set, by which variable, and what holds where nothing is said. */
export const known = {
  url: { env: "HERMOD_URL", fallback: "http://localhost:4700", about: "address of the hub" },
  token: { env: "HERMOD_TOKEN", fallback: undefined, about: "what the hub knows this user by" },
  port: { env: "HERMOD_PORT", fallback: 4700, about: "port of a hub that is started" },
  host: { env: "HERMOD_HOST", fallback: "127.0.0.1", about: "address that it listens at" },
  store: {
    env: "HERMOD_STORE",
    fallback: ".data/hub.db",
    about: "file of its messages, or nats://host:4222?namespace=x",
  },
  tokens: { env: "HERMOD_TOKENS", fallback: undefined, about: "file of those who may speak to it" },
  names: {
    env: "HERMOD_NAMES",
    fallback: undefined,
    about: "names that it is asked under, besides its address",
  },
  hide: {
    env: "HERMOD_HIDE",
    fallback: undefined,
    about:
      "names and paths in payloads that it shows nobody, besides passwords and tokens; none hides nothing",
  },
  entry: { env: "HERMOD_ENTRY", fallback: undefined, about: "program that `dev` runs beside it" },
} as const;

export type Key = keyof typeof known;

export interface Settings {
  readonly url: string;
  readonly token: string | undefined;
  readonly port: number;
  readonly host: string;
  readonly store: string;
  readonly tokens: string | undefined;
  readonly names: readonly string[] | undefined;
  readonly hide: readonly string[] | undefined;
  readonly entry: string | undefined;
}

/** Where a value comes from. */
export type Source = "default" | "context" | "file" | "env" | "flag";

/** One setting with its origin. */
export interface Setting {
  readonly key: Key;
  readonly value: unknown;
  readonly source: Source;
  /** The file, the variable, the flag or the context. */
  readonly from?: string;
}

const names = ["ts", "mts", "js", "mjs", "json"].map((ending) => `hermod.config.${ending}`);

/** Where settings are looked for: the environment, and the folder that paths start from. */
export type Place = Pick<Io, "env" | "path">;

/** All settings with their origins. @throws Usage naming the setting that does not fit, and where it stands. */
export async function explain(options: Options, { env, path }: Place): Promise<readonly Setting[]> {
  const file = await readFile(path("."));
  const { checkSetting, checkNames } = await import("./rules.ts");
  checkNames(file.values, file.name);
  const context = contextIn(options, env);
  const url = chosen("url", options, env, file, context);
  // A token goes to the hub that it is for, and to no other one.
  const own = url.source === "context" ? context : undefined;
  return (Object.keys(known) as Key[]).map((key) => {
    const setting = key === "url" ? url : chosen(key, options, env, file, own);
    return { ...setting, value: checkSetting(setting) };
  });
}

/** A context that counts, and how much. */
interface Named {
  readonly name: string;
  readonly by: "flag" | "env" | "use";
  readonly value: (key: Key) => string | undefined;
}

/** @throws Missing for a name that is none. */
function contextIn(options: Options, env: NodeJS.ProcessEnv): Named | undefined {
  // A command that speaks to no hub needs none.
  if (!Object.hasOwn(options, "url")) return undefined;
  const { context: flag } = options;
  const named = typeof flag === "string" ? flag : env["HERMOD_CONTEXT"] || undefined;
  const all = readContexts(contextsFile(env));
  const name = named ?? all.current;
  if (name === undefined) return undefined;
  const found = contextOf(all, name);
  const value = (key: Key): string | undefined =>
    key === "url" ? found.url : key === "token" ? tokenOf(name, found) : undefined;
  return { name, value, by: typeof flag === "string" ? "flag" : named === undefined ? "use" : "env" };
}

/** One setting with its origin. @throws Usage as `explain`. */
export async function settingOf(options: Options, key: Key, place: Place): Promise<Setting> {
  const all = await explain(options, place);
  return all.find((each) => each.key === key) as Setting;
}

/** All settings. @throws Usage as `explain`. */
export async function readSettings(options: Options, place: Place): Promise<Settings> {
  const all = await explain(options, place);
  return Object.fromEntries(all.map(({ key, value }) => [key, value])) as unknown as Settings;
}

interface ConfigFile {
  readonly name: string;
  readonly values: Readonly<Record<string, unknown>>;
}

function chosen(
  key: Key,
  options: Options,
  env: NodeJS.ProcessEnv,
  { name, values }: ConfigFile,
  context: Named | undefined,
): Setting {
  const { env: variable, fallback } = known[key];
  const [flag, ofEnv, ofFile] = [options[key], env[variable], values[key]];
  const by = (kind: Named["by"]): Setting | undefined => {
    const value = context?.by === kind ? context.value(key) : undefined;
    return value === undefined ? undefined : { key, value, source: "context", from: context?.name ?? "" };
  };
  if (typeof flag === "string") return { key, value: flag, source: "flag", from: `--${key}` };
  const ofFlag = by("flag");
  if (ofFlag) return ofFlag;
  if (ofEnv !== undefined && ofEnv !== "") return { key, value: ofEnv, source: "env", from: variable };
  const inEnv = by("env");
  if (inEnv) return inEnv;
  if (ofFile !== undefined) return { key, value: ofFile, source: "file", from: name };
  return by("use") ?? { key, value: fallback, source: "default" };
}

/** The settings' file in a folder. */
export function configFileIn(folder: string): string | undefined {
  return names.find((each) => existsSync(join(folder, each)));
}

/** The file is looked for before anything is loaded that could read it: most folders have none. */
async function readFile(folder: string): Promise<ConfigFile> {
  const name = configFileIn(folder);
  if (name === undefined) return { name: "hermod.config", values: {} };
  const { loadConfig } = await import("c12");
  try {
    const { config } = await loadConfig({
      ...{ name: "hermod", cwd: folder, rcFile: false, globalRc: false, dotenv: false },
      ...{ packageJson: false, extend: false, giget: false, envName: false },
    });
    return { name, values: config };
  } catch (error) {
    throw new Usage(`${name} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
