/** Effective: what holds, each value with who said so, without any secret: for `config explain`, and for the page of a hub that is started. */
import type { ConfigLine } from "../config.ts";
import { shownStore } from "./cluster.ts";
import type { Io } from "./io.ts";
import type { Options } from "./options.ts";
import { explain, known, type Setting } from "./settings.ts";

/** All settings as they hold. @throws Usage as `explain`. */
export async function effective(options: Options, io: Io): Promise<readonly ConfigLine[]> {
  return (await explain(options, io)).map(lineOf);
}

function lineOf({ key, value, source, from }: Setting): ConfigLine {
  const { env, about } = known[key];
  return {
    key,
    value: shown(key, value) as ConfigLine["value"],
    source,
    ...(from !== undefined && { from }),
    env,
    about,
  };
}

function shown(key: Setting["key"], value: unknown): unknown {
  if (key === "token" && value !== undefined) return "(secret)";
  return key === "store" ? shownStore(String(value)) : (value ?? null);
}

/** Settings that are of a hub; the others say where one is. */
const ofHub: ReadonlySet<string> = new Set(["port", "host", "store", "tokens", "names", "hide", "entry"]);

/** Those that a hub has been started with. */
export async function effectiveOfHub(options: Options, io: Io): Promise<readonly ConfigLine[]> {
  return (await effective(options, io)).filter(({ key }) => ofHub.has(key));
}
