/** Hub: a hub alone. Its log is JSON on stderr; its address goes out, so that a program can read it. */
import { pino, type Logger } from "pino";
import type { Report } from "hermod";
import { shownStore } from "../cluster.ts";
import type { Run } from "../command.ts";
import { effectiveOfHub } from "../effective.ts";
import { exits } from "../exit.ts";
import { choiceOf } from "../options.ts";
import { ended, openThere, untilAsked } from "../serving.ts";
import { fields, toJson } from "../text.ts";

const levels = ["debug", "info", "warn", "error", "silent"] as const;

export const hub: Run = async ({ options, io, isJson, settings }) => {
  const level = choiceOf(options, "log-level", levels) ?? "info";
  const { host, port, store, tokens, names, hide } = await settings();
  const log = pino({ name: "hermod", level }, pino.destination({ dest: 2, sync: true }));
  const failed = (err: unknown): void => log.error({ err }, "tokens cannot be read: nobody is let in");
  const running = await openThere(
    { host, port, store, tokens, names, hide, config: await effectiveOfHub(options, io) },
    failed,
  );
  running.system.reports((report) => tell(log, report));
  const place = { url: running.url, store: shownStore(store) };
  log.info({ ...place, ...(tokens !== undefined && { tokens }) }, "listening");
  if (isJson) io.out(`${toJson({ v: 1, data: place })}\n`);
  else if (io.look.isTerminal) io.out(fields({ hub: place.url, store: place.store }));
  await untilAsked(io.signal);
  log.info({ signal: String(io.signal.reason) }, "draining");
  const isEnded = await ended(running);
  log[isEnded ? "info" : "error"](isEnded ? "closed" : "not closed in time");
  return isEnded ? undefined : { data: null, text: () => "", exit: exits.unexpected };
};

/** What an operator has to know. */
function tell(log: Logger, report: Report): void {
  switch (report.type) {
    case "store.failed":
      return log.error({ step: report.step, err: report.error }, report.type);
    case "listener.failed":
      return log.error({ listener: report.listener, err: report.error }, report.type);
    case "dead-letters.filled":
    case "store.log-grew":
    case "mailbox.abandoned":
      return log.warn(report, report.type);
    case "message.buried":
      return log.info({ id: report.envelope.id, to: report.envelope.to, reason: report.reason }, report.type);
    default:
      return undefined;
  }
}
