/** Mailbox: what waits for an agent: seen without being taken, and put away on purpose. */
import {
  parseFilter,
  toMap,
  type Address,
  type Claim,
  type Envelope,
  type MailboxRule,
  type Store,
} from "hermod";
import type { Given, Run } from "../command.ts";
import { confirmed } from "../asking.ts";
import { withHub } from "../connect.ts";
import { allCounts, countsOf, countsTable } from "../mailboxes.ts";
import { given, numberOf, textOf } from "../options.ts";
import { Progress, resumed } from "../progress.ts";
import { nameOf } from "../../drawing/events.ts";
import { showCounts } from "../../shown.ts";
import { commandLine, moment, preview, table } from "../text.ts";

export const ls: Run = (asked) =>
  withHub(asked, async ({ store }) => {
    const counts = await allCounts(store);
    return {
      data: counts.map(showCounts),
      text: (look) =>
        countsTable(counts, look, [
          ["MAILBOX", ({ mailbox: name }) => name],
          ["SERVED", ({ served }) => (served ? "yes" : "no")],
        ]),
    };
  });

export const peek: Run = async (asked) => {
  const { args, options } = asked;
  const where = textOf(options, "where");
  const page = given({
    where: where === undefined ? undefined : parseFilter(where),
    after: textOf(options, "after"),
    limit: numberOf(options, "limit", 1, 1000) ?? 20,
  });
  return withHub(asked, async ({ store }) => {
    const { mailbox } = await countsOf(store, args[0] ?? "");
    const { items, next } = await store.read({ type: "waiting", mailbox, ...page });
    return { data: items.map(toMap), next, text: (look) => table(items, columns, look) };
  });
};

const columns = [
  ["ID", ({ id }: Envelope) => id],
  ["SENT", ({ sentAt }: Envelope) => moment(sentAt)],
  ["VERB", ({ verb }: Envelope) => verb],
  ["FROM", ({ from }: Envelope) => nameOf(from)],
  ["OPERATION", ({ operation, type }: Envelope) => operation || type],
  ["PRIORITY", ({ priority }: Envelope) => priority],
  ["PAYLOAD", ({ payload }: Envelope) => preview(payload)],
] as const;

/** What is purged becomes dead letters, so that a mistake can be undone; what runs is left alone. */
export const purge: Run = async (asked) => {
  const { args, options } = asked;
  const where = parseFilter(textOf(options, "where") ?? "");
  return withHub(asked, async ({ store }) => {
    const { mailbox, waiting, served } = await countsOf(store, args[0] ?? "");
    await confirmed(asked, `Make dead letters of ${waiting} messages that wait for ${mailbox}?`);
    if (!served) await store.announce(mailbox, plainRule);
    const purged = await take(asked, store, mailbox, where);
    if (!served) await store.withdraw(mailbox);
    return {
      data: { mailbox, purged },
      text: () => `purged ${purged} of ${waiting}\n`,
      suggest: commandLine("dlq ls --where", `to:${mailbox}`),
    };
  });
};

/** The rule of a mailbox that nobody serves; whoever serves it next says its own. */
const plainRule: MailboxRule = Object.freeze({
  ...{ order: "priority", keyBy: "none", slots: 1, overflow: "reject" },
  ...{ count: Infinity, bytes: Infinity, total: Infinity },
} as const);
/** How long each is held, in milliseconds, and how many at a time. */
const LEASE = 30_000;
const AT_ONCE = 100;
const error = Object.freeze({
  ...{ code: "HERMOD_REJECTED", name: "RejectedError", category: "failure", retryable: false },
  message: "the mailbox was purged by an operator",
} as const);

async function take(
  asked: Given,
  store: Store,
  mailbox: Address,
  where: ReturnType<typeof parseFilter>,
): Promise<number> {
  const progress = new Progress(asked, "purge");
  let purged = 0;
  using _ = resumed(asked, progress, () => `stopped after ${purged}; the same command does the rest`);
  for (;;) {
    const claims: Claim[] = [];
    await store.claim(mailbox, AT_ONCE, LEASE, claims, where, true);
    if (claims.length === 0) return (progress.end(), purged);
    for (const claim of claims) {
      const { status } = await store.settle(claim, { type: "dead", reason: "stopped", error }, []);
      if (status === "settled") progress.tell(++purged);
    }
  }
}
