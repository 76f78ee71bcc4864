/** Redriving: dead letters given back to their mailboxes, one of them also changed, or forgotten. */
import type { Redriven, System } from "hermod";
import { sentAgain, type Again } from "../again.ts";
import { confirmed } from "../asking.ts";
import type { Answer, Given, Run } from "../command.ts";
import { withHub } from "../connect.ts";
import { inEditor } from "../editor.ts";
import { exits } from "../exit.ts";
import { given, isSet, numberOf, textOf, type Options } from "../options.ts";
import { readPayload } from "../payload.ts";
import { Missing, Usage } from "../problem.ts";
import { Progress, resumed } from "../progress.ts";
import { quoted } from "../records.ts";
import { toJson } from "../text.ts";
import { letterOf } from "./dlq.ts";

/** Which letters are meant. @throws Usage where all would be by mistake. */
function chosen(what: string, [id]: readonly (string | undefined)[], options: Options) {
  const [where, all] = [textOf(options, "where"), isSet(options, "all")];
  if (id === undefined && where === undefined && !all)
    throw new Usage(
      `${what} needs an id, --where or --all`,
      `hermod dlq ${what} --where to:NAME --dry-run says how many.`,
    );
  return given({
    id,
    where: where ?? (id === undefined ? "" : undefined),
    limit: numberOf(options, "limit", 0, 10_000_000),
  });
}

export const redrive: Run = async (asked) => {
  const { args, options } = asked;
  const [dryRun, force] = [isSet(options, "dry-run"), isSet(options, "force")];
  const rate = numberOf(options, "rate", 1, 1_000_000);
  const which = { ...chosen("redrive", args, options), ...given({ rate }), dryRun, force };
  if (isEdited(options)) return edited(asked, args[0], dryRun);
  return withHub(asked, async ({ system }) => {
    using _ = dryRun ? undefined : await watched(asked, system, "redrive", which);
    return told(await system.deadLetters.redrive(which), dryRun, args[0]);
  });
};

/** Tells how many are done, and where it stood when somebody ended it. */
async function watched(
  asked: Given,
  system: System,
  what: "redrive" | "drop",
  { id, where, limit = Infinity }: ReturnType<typeof chosen>,
): Promise<Disposable> {
  const all = id === undefined ? await system.deadLetters.groups(given({ where })) : [{ count: 1 }];
  const total = Math.min(
    limit,
    all.reduce((sum, { count }) => sum + count, 0),
  );
  const progress = new Progress(asked, what);
  let done = 0;
  const hear = system.reports(({ type }) => {
    if (type === (what === "redrive" ? "dead-letters.redriven" : "dead-letters.discarded"))
      progress.tell(++done, total);
  });
  const stop = resumed(
    asked,
    progress,
    () => `stopped after ${done} of ${total}; the same command does the rest`,
  );
  return {
    [Symbol.dispose]() {
      stop[Symbol.dispose]();
      hear();
      progress.end();
    },
  };
}

/** Whether it is to say something else than it did. */
function isEdited(options: Options): boolean {
  return isSet(options, "edit") || textOf(options, "payload") !== undefined;
}

/** What is changed is a message of its own, in the same conversation; the letter is forgotten once that is stored, or answered. */
async function edited(asked: Given, id: string | undefined, dryRun: boolean): Promise<Answer> {
  if (id === undefined)
    throw new Usage("--edit and --payload are for one dead letter", "hermod dlq redrive ID --edit");
  const typed = textOf(asked.options, "payload");
  const said = typed === undefined ? undefined : { payload: await readPayload(typed, asked.io) };
  return withHub(
    asked,
    async ({ system }) => {
      const { id: letter, envelope } = await letterOf(system.deadLetters, id);
      const { payload } = said ?? (await inEditor(envelope.payload, asked.io));
      const sent = dryRun ? undefined : await sentAgain(system, { ...envelope, payload }, asked.io.signal);
      if (sent) await system.deadLetters.discard({ id: letter });
      const data = { matched: 1, redriven: 1, skipped: {}, dryRun, ...sent };
      return { data, text: () => `${dryRun ? "would redrive 1 of 1" : "redriven 1 of 1"}${news(sent)}\n` };
    },
    { isPatient: true },
  );
}

function news(sent: Again | undefined): string {
  if (sent === undefined) return "";
  return sent.sent === undefined ? `, answered ${toJson(sent.reply)}` : ` as ${sent.sent}`;
}

function told({ matched, redriven, skipped }: Redriven, dryRun: boolean, id: string | undefined): Answer {
  if (id !== undefined && matched === 0)
    throw new Missing(`there is no dead letter ${quoted(id)}`, "hermod dlq ls lists them.");
  const reasons = Object.entries(skipped).map(([reason, count]) => `${count} ${reason}`);
  const left = reasons.length === 0 ? "" : ` (${reasons.join(", ")})`;
  return {
    data: { matched, redriven, skipped, dryRun },
    text: () => `${dryRun ? "would redrive" : "redriven"} ${redriven} of ${matched}${left}\n`,
    exit: redriven === matched ? exits.ok : redriven === 0 ? exits.refused : exits.partly,
    ...(skipped["needs-force"] && { aside: "What has died three times is given back by --force alone." }),
  };
}

export const drop: Run = async (asked) => {
  const { args, options } = asked;
  const which = chosen("drop", args, options);
  const dryRun = isSet(options, "dry-run");
  return withHub(asked, async ({ system }) => {
    const { deadLetters } = system;
    const { limit = Infinity, ...rest } = which;
    const { matched } = await deadLetters.redrive({ ...rest, dryRun: true, force: true });
    if (args[0] !== undefined && matched === 0)
      throw new Missing(`there is no dead letter ${quoted(args[0])}`, "hermod dlq ls lists them.");
    const count = Math.min(limit, matched);
    if (dryRun)
      return { data: { matched, dropped: count, dryRun }, text: () => `would drop ${count} of ${matched}\n` };
    if (count > 0) await confirmed(asked, `Forget ${count} dead letters for good?`);
    using _ = await watched(asked, system, "drop", which);
    const dropped = await deadLetters.discard(which);
    return { data: { matched, dropped, dryRun }, text: () => `dropped ${dropped} of ${matched}\n` };
  });
};
