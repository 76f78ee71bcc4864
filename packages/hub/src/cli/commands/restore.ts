/** Restore: a backup takes the place of the store's file. */
import { restore as putBack } from "hermod/sqlite";
import { confirmed } from "../asking.ts";
import type { Run } from "../command.ts";
import { moving } from "../moves.ts";
import { storePlace } from "../storeplace.ts";

export const restore: Run = async (asked) => {
  const [from = ""] = asked.args;
  const { file: store } = await storePlace(asked);
  await confirmed(asked, `Put ${from} in the place of ${store}?`);
  const restored = await moving(asked, "restore", store, (file, options) =>
    putBack(asked.io.path(from), file, options),
  );
  const { messages, waiting, dead, kept } = restored;
  return {
    data: { file: store, ...restored },
    text: () => `${store}  ${messages} messages, ${waiting} waiting, ${dead} dead\n`,
    ...(kept !== undefined && { aside: `what was there is now ${kept}` }),
  };
};
