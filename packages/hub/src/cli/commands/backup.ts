/** Backup: a verified copy of the store's file. */
import { backup as copy } from "hermod/sqlite";
import type { Run } from "../command.ts";
import { moving } from "../moves.ts";
import { isSet } from "../options.ts";
import { commandLine } from "../text.ts";

export const backup: Run = async (asked) => {
  const [to = ""] = asked.args;
  const replace = isSet(asked.options, "replace");
  const made = await moving(asked, "backup", (file, options) => copy(file, to, { ...options, replace }));
  return {
    data: made,
    text: () => `${made.file}  ${made.bytes} bytes, verified\n`,
    suggest: commandLine("restore", made.file),
  };
};
