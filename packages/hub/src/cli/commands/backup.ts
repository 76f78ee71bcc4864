/** Backup: a verified copy of the store's file. */
import { backup as copy } from "hermod/sqlite";
import type { Run } from "../command.ts";
import { moving } from "../moves.ts";
import { isSet } from "../options.ts";
import { existingStore } from "../storeplace.ts";
import { commandLine } from "../text.ts";

export const backup: Run = async (asked) => {
  const [to = ""] = asked.args;
  const replace = isSet(asked.options, "replace");
  const { file: store, hub } = await existingStore(asked);
  const made = await moving(asked, "backup", store, (file, options) =>
    copy(file, asked.io.path(to), { ...options, replace }),
  );
  return {
    data: { ...made, store },
    text: () => `${made.file}  ${made.bytes} bytes, verified\n`,
    aside: hub === undefined ? `of ${store}` : `of ${store}, the store of the hub at ${hub}`,
    suggest: commandLine("restore", made.file),
  };
};
