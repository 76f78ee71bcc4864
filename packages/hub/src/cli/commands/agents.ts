/** Agents: who is there, over all systems of the hub. */
import type { MessageRecord } from "hermod";
import type { Answer, Run } from "../command.ts";
import { withHub } from "../connect.ts";
import { countsOf, countsTable, allCounts } from "../mailboxes.ts";
import { eachPage, recordTable } from "../records.ts";
import { showCounts, showRecord } from "../../shown.ts";
import { fields } from "../text.ts";

export const ls: Run = (asked) =>
  withHub(asked, async ({ store }) => {
    const counts = await allCounts(store);
    return {
      data: counts.map(({ mailbox, ...rest }) => ({ name: mailbox, ...showCounts({ mailbox, ...rest }) })),
      text: (look) => countsTable(counts, look, "AGENT"),
      ...(counts[0] && { suggest: `hermod agents show ${counts[0].mailbox}` }),
    };
  });

/** Messages that are shown of one agent. */
const LAST = 10;
const HOUR = "age:<1h";

export const show: Run = (asked) =>
  withHub(asked, async ({ store, system }): Promise<Answer> => {
    const counts = await countsOf(store, asked.args[0] ?? "");
    const { mailbox } = counts;
    const { items: bindings } = await store.read({ type: "bindings", mailbox, limit: 1000 });
    const last: MessageRecord[] = [];
    await eachPage(
      (after) => system.history({ agent: mailbox, where: HOUR, limit: 1000, ...after }),
      (items) => {
        last.push(...items);
        last.splice(0, Math.max(0, last.length - LAST));
      },
    );
    const topics = bindings.map(({ pattern }) => pattern);
    return {
      data: { name: mailbox, ...showCounts(counts), topics, messages: last.map(showRecord) },
      text: (look) => {
        const head = fields({
          name: mailbox,
          ...showCounts(counts),
          mailbox: undefined,
          topics: topics.join(", "),
        });
        return `${head}\nlast messages of this hour\n${recordTable(last, look)}`;
      },
      suggest: `hermod mailbox peek ${mailbox}`,
    };
  });
