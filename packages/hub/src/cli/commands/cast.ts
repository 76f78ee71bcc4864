/** Cast: sends a message one way; its id is data. */
import type { Run } from "../command.ts";
import { withHub } from "../connect.ts";
import { readPayload } from "../payload.ts";
import { laterOptions, sendOptions, stored } from "../sending.ts";

export const cast: Run = async (asked) => {
  const { args, options, io } = asked;
  const [agent = "", operation = "", typed] = args;
  const terms = { ...sendOptions(options), ...laterOptions(options) };
  const payload = await readPayload(typed, io);
  return withHub(asked, async ({ system }) => stored(await system.cast(agent, operation, payload, terms)));
};
