/** Agents: who is there, over all systems of the hub. */
import type { MailboxCounts, MessageRecord } from "hermod";
import type { Answer, Run } from "../command.ts";
import { withHub } from "../connect.ts";
import { countsOf, countsTable, allCounts } from "../mailboxes.ts";
import { eachPage, recordTable } from "../records.ts";
import { itemsOf, rest } from "../rest.ts";
import type { Settings } from "../settings.ts";
import { showCounts, showRecord } from "../../shown.ts";
import { commandLine, fields } from "../text.ts";

export const ls: Run = (asked) =>
  withHub(asked, async ({ store }) => {
    const [counts, serving] = await Promise.all([allCounts(store), servingOf(await asked.settings())]);
    const agents = counts.map((each) => ({ ...each, ...stateOf(each, serving), ...workOf(each, serving) }));
    return {
      data: agents.map((each) => ({ name: each.mailbox, ...showCounts(each) })),
      text: (look) =>
        countsTable(agents, look, [
          ["AGENT", ({ mailbox }) => mailbox],
          ["STATE", ({ state }) => state],
          ["HANDLED", ({ handled }) => handled],
          ["ERRORS", ({ errors }) => errors],
          ["RESTARTS", ({ restarts }) => restarts],
          ["BREAKER", ({ breaker }) => breaker],
        ]),
      ...(counts[0] && { suggest: commandLine("agents show", counts[0].mailbox) }),
    };
  });

/** In how many systems an agent is, how many of them have paused it, and how it does. */
interface Serving {
  readonly name: string;
  readonly systems: number;
  readonly paused?: number;
  readonly restarts?: number;
  readonly breaker?: string;
  readonly numbers?: { readonly processed: number; readonly failed: number };
}

async function servingOf(settings: Settings): Promise<ReadonlyMap<string, Serving>> {
  const items = itemsOf<Serving>(await rest(settings, "/v1/agents"));
  return new Map(items.map((each) => [each.name, each]));
}

/** What became of its messages since its systems started. */
function workOf({ mailbox }: MailboxCounts, serving: ReadonlyMap<string, Serving>) {
  const { numbers, restarts, breaker } = serving.get(mailbox) ?? {};
  return { handled: numbers?.processed, errors: numbers?.failed, restarts, breaker };
}

/** What is paused and still at work is draining, whoever has asked for it. */
function stateOf({ mailbox, served, running }: MailboxCounts, serving: ReadonlyMap<string, Serving>) {
  const { systems = 0, paused = 0 } = serving.get(mailbox) ?? {};
  const whole = running > 0 ? "draining" : "paused";
  const resting = paused < systems ? `${whole} in ${paused} of ${systems}` : whole;
  return { state: paused > 0 ? resting : served ? "serving" : "not served", systems, paused };
}

/** Messages that are shown of one agent. */
const LAST = 10;
const HOUR = "age:<1h";

export const show: Run = (asked) =>
  withHub(asked, async ({ store, system }): Promise<Answer> => {
    const found = await countsOf(store, asked.args[0] ?? "");
    const serving = await servingOf(await asked.settings());
    const counts = { ...found, ...stateOf(found, serving), ...workOf(found, serving) };
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
          ...{ name: mailbox, state: counts.state },
          ...showCounts(counts),
          mailbox: undefined,
          topics: topics.join(", "),
        });
        return `${head}\nlast messages of this hour\n${recordTable(last, look)}`;
      },
      suggest: commandLine("mailbox peek", mailbox),
    };
  });
