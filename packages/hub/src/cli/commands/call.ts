/** Call: asks an agent. The reply is data; how long it took is said beside it. */
import { randomUUID } from "node:crypto";
import type { Run } from "../command.ts";
import { withHub } from "../connect.ts";
import { durationOf, given, textOf } from "../options.ts";
import { readPayload } from "../payload.ts";
import { sendOptions } from "../sending.ts";
import { commandLine, span, toJson } from "../text.ts";

export const call: Run = async (asked) => {
  const { args, options, io } = asked;
  const [agent = "", operation = "", typed] = args;
  const conversation = textOf(options, "conversation") ?? randomUUID();
  const sent = {
    ...sendOptions(options),
    ...given({ timeout: durationOf(options, "timeout") }),
    conversation,
  };
  const payload = await readPayload(typed, io);
  return withHub(
    asked,
    async ({ system }) => {
      const begun = performance.now();
      const reply = await system.call(agent, operation, payload, { ...sent, signal: io.signal });
      const ms = Math.round(performance.now() - begun);
      return {
        data: { reply: reply ?? null, conversation, ms },
        text: ({ isTerminal }) => `${toJson(reply, isTerminal ? 2 : undefined)}\n`,
        aside: `${agent} ${operation}  ok  ${span(ms)}  conversation ${conversation}`,
        suggest: commandLine("conversations show", conversation),
      };
    },
    { isPatient: true },
  );
};
