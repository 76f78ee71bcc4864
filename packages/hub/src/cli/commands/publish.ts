/** Publish: says something to all who listen to a topic; the id is data. */
import type { Run } from "../command.ts";
import { withHub } from "../connect.ts";
import { durationOf, given } from "../options.ts";
import { readPayload } from "../payload.ts";
import { sendOptions, stored } from "../sending.ts";

export const publish: Run = async (asked) => {
  const { args, options, io } = asked;
  const [topic = "", typed] = args;
  const terms = { ...sendOptions(options), ...given({ delay: durationOf(options, "delay") }) };
  const payload = await readPayload(typed, io);
  return withHub(asked, async ({ system }) => stored(await system.publish(topic, payload, terms)));
};
