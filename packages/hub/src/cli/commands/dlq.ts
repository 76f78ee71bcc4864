/** Dlq: what could not be handled: by cause, one by one, given back, forgotten, taken away as a file. */
import type { DeadLetter, DeadLetters, Redriven, System } from "hermod";
import { nameOf } from "../../drawing/events.ts";
import { confirmed } from "../asking.ts";
import type { Answer, Given, Run } from "../command.ts";
import { withHub } from "../connect.ts";
import { exits } from "../exit.ts";
import { given, isSet, numberOf, textOf, type Options } from "../options.ts";
import { Missing, Usage } from "../problem.ts";
import { Progress } from "../progress.ts";
import { eachPage, quoted } from "../records.ts";
import { showLetter } from "../../shown.ts";
import { commandLine, fields, moment, table, toJson, type Look } from "../text.ts";

export const groups: Run = async (asked) => {
  const where = textOf(asked.options, "where");
  return withHub(asked, async ({ system }) => {
    const found = await system.deadLetters.groups(given({ where }));
    const shown = found.map((each) => ({
      ...each,
      firstAt: moment(each.firstAt),
      lastAt: moment(each.lastAt),
    }));
    return {
      data: shown,
      text: (look) =>
        table(
          shown,
          [
            ["COUNT", ({ count }) => count],
            ["REASON", ({ reason }) => reason],
            ["LAST", ({ lastAt }) => lastAt],
            ["MAILBOXES", ({ mailboxes }) => mailboxes.join(", ")],
            ["EXAMPLE", ({ example }) => example],
            ["CAUSE", ({ cause }) => cause],
          ],
          look,
        ),
      ...(found[0] && { suggest: commandLine("dlq show", found[0].example) }),
    };
  });
};

export const ls: Run = async (asked) => {
  const { options } = asked;
  const limit = numberOf(options, "limit", 1, 1000);
  const query = given({ where: textOf(options, "where"), after: textOf(options, "after"), limit });
  return withHub(asked, async ({ system }) => {
    const { items, next } = await system.deadLetters.list(query);
    return { data: items.map(showLetter), next, text: (look) => list(items, look) };
  });
};

function list(letters: readonly DeadLetter[], look: Look): string {
  return table(
    letters,
    [
      ["ID", ({ id }) => id],
      ["DIED", ({ diedAt }) => moment(diedAt)],
      ["MAILBOX", mailboxOf],
      ["FROM", ({ envelope }) => nameOf(envelope.from)],
      ["OPERATION", ({ envelope }) => envelope.operation || envelope.type],
      ["REASON", ({ reason }) => reason],
      ["ATTEMPTS", ({ attempts }) => attempts.length],
      ["ERROR", ({ error }) => error?.message ?? ""],
    ],
    look,
  );
}

function mailboxOf({ mailbox, envelope }: DeadLetter): string {
  return mailbox ?? envelope.to ?? envelope.topic ?? "nobody";
}

export const show: Run = async (asked) => {
  const [id = ""] = asked.args;
  return withHub(asked, async ({ system }): Promise<Answer> => {
    const letter = await letterOf(system.deadLetters, id);
    return {
      data: showLetter(letter),
      text: (look) => letterText(letter, look),
      suggest: commandLine("dlq redrive", letter.id),
    };
  });
};

/** By its own id, or by that of its message. @throws Missing. */
async function letterOf(letters: DeadLetters, id: string): Promise<DeadLetter> {
  let found: DeadLetter | undefined;
  await eachPage(
    (after) => letters.list({ limit: 1000, ...after }),
    (items) => {
      found = items.find((letter) => letter.id === id || letter.envelope.id === id);
      return found === undefined;
    },
  );
  if (found) return found;
  throw new Missing(`there is no dead letter ${quoted(id)}`, "hermod dlq ls lists them.");
}

function letterText(letter: DeadLetter, look: Look): string {
  const { id, envelope, reason, error, attempts, diedAt, generation } = letter;
  const head = fields({
    ...{ id, message: envelope.id, mailbox: mailboxOf(letter), from: nameOf(envelope.from), reason },
    ...{
      error: error && `${error.code} ${error.message}`,
      hint: error?.hint,
      died: moment(diedAt),
      redriven: generation,
    },
    ...{
      conversation: envelope.conversationId,
      operation: envelope.operation,
      payload: envelope.payload ?? "",
    },
  });
  const columns = [
    ["ATTEMPT", ({ number }: (typeof attempts)[number]) => number],
    ["OUTCOME", ({ outcome }: (typeof attempts)[number]) => outcome],
    ["ENDED", ({ endedAt }: (typeof attempts)[number]) => moment(endedAt)],
    ["ERROR", ({ error: failure }: (typeof attempts)[number]) => failure?.message ?? ""],
  ] as const;
  return attempts.length === 0 ? head : `${head}\n${table(attempts.toReversed(), columns, look)}`;
}

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
  const stopped = (): void => {
    progress.end();
    if (!asked.isJson) asked.io.err(`stopped after ${done} of ${total}; the same command does the rest\n`);
  };
  asked.io.signal.addEventListener("abort", stopped, { once: true });
  return {
    [Symbol.dispose]() {
      asked.io.signal.removeEventListener("abort", stopped);
      hear();
      progress.end();
    },
  };
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

export const exportAll: Run = async (asked) => {
  const { options, io } = asked;
  const query = given({ where: textOf(options, "where"), limit: 1000 });
  await withHub(asked, async ({ system }) => {
    const progress = new Progress(asked, "export");
    let done = 0;
    await eachPage(
      (after) => system.deadLetters.list({ ...query, ...after }),
      (items) => {
        for (const each of items.map(showLetter)) asked.emit(each, `${toJson(each)}\n`);
        progress.tell((done += items.length));
      },
    );
    progress.end();
    if (!asked.isJson) io.err(`${done} dead letters\n`);
  });
  return undefined;
};
