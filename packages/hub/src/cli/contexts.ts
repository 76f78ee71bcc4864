/** Contexts: hubs by name, each with its address and the file of its token, for this user; one of them is in use. */
import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { suggestion } from "hermod";
import { changeSafe, readSafe } from "../auth/safefile.ts";
import { Missing, Usage } from "./problem.ts";

/** A hub that has a name. */
export interface Context {
  readonly url: string;
  /** The file that holds the token alone. */
  readonly tokenFile?: string;
}

export interface Contexts {
  readonly current?: string;
  readonly contexts: Readonly<Record<string, Context>>;
}

/** Where they are kept. */
export function contextsFile(env: NodeJS.ProcessEnv): string {
  return join(env["XDG_CONFIG_HOME"] || join(homedir(), ".config"), "hermod", "contexts.json");
}

/** All of them. @throws Usage for a file that holds none; HermodError HERMOD_UNSAFE_FILE for one that others may write. */
export function readContexts(file: string): Contexts {
  return existsSync(file) ? parse(file, readSafe(file)) : { contexts: {} };
}

/** Changes them in one step. */
export function changeContexts(file: string, change: (now: Contexts) => Contexts): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  changeSafe(file, (text) => `${JSON.stringify(change(parse(file, text)), null, 2)}\n`);
}

function parse(file: string, text = '{"contexts":{}}'): Contexts {
  try {
    const { current, contexts } = JSON.parse(text) as Partial<Contexts>;
    const known = Object.entries(Object(contexts) as Contexts["contexts"]).map(([name, each]) => {
      const { url, tokenFile } = Object(each) as Partial<Context>;
      if (typeof url !== "string") throw new Error(`${name} has no url`);
      return [name, { url, ...(typeof tokenFile === "string" && { tokenFile }) }] as const;
    });
    return { ...(typeof current === "string" && { current }), contexts: Object.fromEntries(known) };
  } catch (error) {
    throw new Usage(
      `${file} cannot be read: ${(error as Error).message}`,
      "Mend it, or remove it to begin anew.",
    );
  }
}

/** The one of this name. @throws Missing naming the nearest. */
export function contextOf({ contexts }: Contexts, name: string): Context {
  const found = Object.hasOwn(contexts, name) ? contexts[name] : undefined;
  if (found) return found;
  const near = suggestion(name, Object.keys(contexts));
  throw new Missing(`there is no context ${JSON.stringify(name)}.${near}`, "hermod context ls lists them.");
}

/** What the hub of a context knows this user by. @throws Usage where its file is not there. */
export function tokenOf(name: string, { tokenFile }: Context): string | undefined {
  if (tokenFile === undefined) return undefined;
  const text = readSafe(tokenFile);
  if (text !== undefined) return text.trim();
  throw new Usage(
    `the token's file of context ${JSON.stringify(name)} is not there: ${tokenFile}`,
    `Name another one: hermod context set ${name} --token-file FILE.`,
  );
}
