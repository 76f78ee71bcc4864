/** Config: which setting holds, and who said so. */
import { suggestion } from "hermod";
import type { Run } from "../command.ts";
import { Missing } from "../problem.ts";
import { quoted } from "../records.ts";
import { explain as explained, known } from "../settings.ts";
import { table, toJson } from "../text.ts";

/** Texts as they are, numbers in digits. */
const plainText = (value: unknown): string => (typeof value === "string" ? value : toJson(value));

export const explain: Run = async ({ args, options }) => {
  const [key] = args;
  if (key !== undefined && !Object.hasOwn(known, key))
    throw new Missing(`there is no setting ${quoted(key)}.${suggestion(key, Object.keys(known))}`);
  const all = (await explained(options)).filter((each) => key === undefined || each.key === key);
  const shown = all.map((each) => ({
    ...each,
    value: each.key === "token" && each.value !== undefined ? "(secret)" : (each.value ?? null),
    env: known[each.key].env,
    about: known[each.key].about,
  }));
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
