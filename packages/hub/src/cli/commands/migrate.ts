/** Migrate: brings the store's file to the version of this release, for those who want to do it before the start. */
import { migrate as bring } from "hermod/sqlite";
import type { Run } from "../command.ts";
import { moving } from "../moves.ts";
import { existingStore } from "../storeplace.ts";

export const migrate: Run = async (asked) => {
  const { file } = await existingStore(asked);
  const done = await moving(asked, "migrate", file, bring);
  const { from, to } = done;
  const said = from === to ? `is of version ${to} already` : `from version ${from} to ${to}`;
  return { data: { file, ...done }, text: () => `${file}  ${said}\n` };
};
