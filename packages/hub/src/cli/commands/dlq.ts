/** Dlq: what could not be handled: by cause, one by one, and taken away as a file. What is done to it: `redriving.ts`. */
import type { DeadLetter, DeadLetters } from "hermod";
import { nameOf } from "../../drawing/events.ts";
import type { Answer, Run } from "../command.ts";
import { withHub } from "../connect.ts";
import { exported } from "../exporting.ts";
import { given, numberOf, textOf } from "../options.ts";
import { Missing } from "../problem.ts";
import { eachPage, quoted } from "../records.ts";
import { showLetter } from "../../shown.ts";
import { commandLine, fields, moment, table, type Look } from "../text.ts";

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
export async function letterOf(letters: DeadLetters, id: string): Promise<DeadLetter> {
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

export const exportAll: Run = async (asked) => {
  const query = given({ where: textOf(asked.options, "where"), limit: 1000 });
  await withHub(asked, ({ system }) =>
    exported(asked, "dead letters", (after) => system.deadLetters.list({ ...query, ...after }), showLetter),
  );
  return undefined;
};
