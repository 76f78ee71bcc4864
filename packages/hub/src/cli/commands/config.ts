/** Config: which setting holds, and who said so; and what the folder's own file says. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { suggestion } from "hermod";
import type { Run } from "../command.ts";
import { effective } from "../effective.ts";
import { Missing, Usage } from "../problem.ts";
import { quoted } from "../records.ts";
import { checkSetting } from "../rules.ts";
import { configFileIn, known, type Key } from "../settings.ts";
import { table, toJson } from "../text.ts";

/** Texts as they are, numbers in digits. */
const plainText = (value: unknown): string => (typeof value === "string" ? value : toJson(value));

/** @throws Missing. */
function aKey(key: string | undefined): Key {
  if (key !== undefined && Object.hasOwn(known, key)) return key as Key;
  throw new Missing(`there is no setting ${quoted(key ?? "")}.${suggestion(key ?? "", Object.keys(known))}`);
}

export const explain: Run = async ({ args, options, io }) => {
  const key = args[0] === undefined ? undefined : aKey(args[0]);
  const shown = (await effective(options, io)).filter((each) => key === undefined || each.key === key);
  return {
    data: shown,
    text: (look) =>
      table(
        shown,
        [
          ["KEY", (each) => each.key],
          ["VALUE", ({ value }) => (value === null ? undefined : plainText(value))],
          ["SOURCE", ({ source }) => source],
          ["FROM", ({ from }) => from],
          ["VARIABLE", ({ env }) => env],
          ["ABOUT", ({ about }) => about],
        ],
        look,
      ),
  };
};

/** One value as it holds, bare, for scripts. */
export const get: Run = async ({ args, options, io }) => {
  const key = aKey(args[0]);
  const [line] = (await effective(options, io)).filter((each) => each.key === key);
  const { value = null, source } = line ?? {};
  return { data: { key, value, source }, text: () => (value === null ? "" : `${plainText(value)}\n`) };
};

const FILE = "hermod.config.json";

/** Writes a value into the folder's file, or takes it out. One that is a program is nobody's to change. */
export const set: Run = async ({ args, io }) => {
  const key = aKey(args[0]);
  const [, typed] = args;
  if (key === "token")
    throw new Usage(
      "a token stands in no file of settings",
      "Give it by HERMOD_TOKEN, or by hermod context set --token-file.",
    );
  const file = configFileIn(io.path(".")) ?? FILE;
  if (!file.endsWith(".json"))
    throw new Usage(`${file} is a program: it is changed by hand`, `Set ${key} in it.`);
  const place = io.path(file);
  const before = existsSync(place)
    ? (JSON.parse(readFileSync(place, "utf8")) as Record<string, unknown>)
    : {};
  const value =
    typed === undefined ? undefined : checkSetting({ key, value: typed, source: "file", from: file });
  const next = { ...before, [key]: value };
  writeFileSync(place, `${JSON.stringify(next, undefined, 2)}\n`);
  return {
    data: { key, value: value ?? null, file },
    text: () =>
      value === undefined ? `${key} is not set in ${file} any more\n` : `${key} ${plainText(value)}\n`,
    aside: `in ${file}`,
  };
};
