/** Later: what waits for a time, in all mailboxes; each can be let run now, or cancelled. */
import type { Given, Run } from "../command.ts";
import { confirmed } from "../asking.ts";
import { numberOf, textOf } from "../options.ts";
import { itemsOf, rest } from "../rest.ts";
import { commandLine, plain, span, table } from "../text.ts";

/** A message that waits, as it travels. */
interface Told {
  readonly mailbox: string;
  readonly dueAt: string;
  readonly attempts: readonly { readonly error?: { readonly message: string } }[];
  readonly envelope: { readonly id: string; readonly from: string; readonly operation: string };
}

export const ls: Run = async ({ options, settings }) => {
  const query = new URLSearchParams({ limit: String(numberOf(options, "limit", 1, 1000) ?? 100) });
  const where = textOf(options, "where");
  if (where !== undefined) query.set("where", where);
  const items = itemsOf<Told>(await rest(await settings(), `/v1/delayed?${query.toString()}`));
  const now = Date.now();
  return {
    data: items.map(({ envelope, ...others }) => ({
      ...{ id: envelope.id, from: envelope.from, operation: envelope.operation },
      ...{ ...others, envelope },
    })),
    text: (look) =>
      table(
        items,
        [
          ["ID", ({ envelope }) => envelope.id],
          ["FOR", ({ mailbox }) => mailbox],
          ["DUE IN", ({ dueAt }) => span(Math.max(0, Date.parse(dueAt) - now))],
          ["FROM", ({ envelope }) => envelope.from],
          ["OPERATION", ({ envelope }) => envelope.operation],
          ["TRIED", ({ attempts }) => attempts.length],
          ["LAST ERROR", ({ attempts }) => plain(attempts.at(-1)?.error?.message ?? "")],
        ],
        look,
      ),
    ...(items[0] && { suggest: commandLine("mailbox run", items[0].mailbox, items[0].envelope.id) }),
  };
};

async function acted({ args: [mailbox = "", id = ""], settings }: Given, act: "run" | "cancel") {
  const path = `/v1/mailboxes/${encodeURIComponent(mailbox)}/delayed/${encodeURIComponent(id)}`;
  await rest(await settings(), path, "POST", { act });
  return { mailbox, id, done: act };
}

export const run: Run = async (asked) => {
  const data = await acted(asked, "run");
  return { data, text: () => `${data.id} runs now\n` };
};

export const cancel: Run = async (asked) => {
  await confirmed(asked, `make a dead letter of ${plain(asked.args[1] ?? "")}?`);
  const data = await acted(asked, "cancel");
  return { data, text: () => `${data.id} is a dead letter\n` };
};
