/** Compact: gives the space of forgotten messages back to the disk. */
import { compact as rewrite } from "hermod/sqlite";
import type { Run } from "../command.ts";
import { moving } from "../moves.ts";
import { existingStore } from "../storeplace.ts";

export const compact: Run = async (asked) => {
  const { file } = await existingStore(asked);
  const { before, after } = await moving(asked, "compact", file, rewrite);
  return { data: { file, before, after }, text: () => `${before} bytes before, ${after} after\n` };
};
