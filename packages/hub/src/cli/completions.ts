/** Completions: what a hub knows that can be typed: agents, the operations that they were asked for, and ids of late. */
import { resolve } from "node:path";
import { nameOf } from "../drawing/events.ts";
import type { Candidate } from "./completing.ts";
import { contextsFile, readContexts } from "./contexts.ts";
import type { Ends } from "./io.ts";
import type { Options } from "./options.ts";
import { readSettings } from "./settings.ts";
import { plain } from "./text.ts";

interface Item {
  readonly id: string;
  readonly mailbox: string;
  readonly reason?: string;
  readonly question?: string;
  readonly waiting?: number;
  readonly envelope: Readonly<Record<"from" | "operation" | "verb" | "conversationId", string>> & {
    readonly to?: string;
    readonly payload?: unknown;
  };
}

/** Where each kind is asked for. What is old is typed by hand. */
const LATE = encodeURIComponent("age:<1h");
const paths: Readonly<Record<string, string>> = {
  agents: "/v1/mailboxes",
  messages: `/v1/history?limit=1000&where=${LATE}`,
  conversations: `/v1/history?limit=1000&where=${LATE}`,
  tasks: `/v1/history?limit=1000&where=${encodeURIComponent("type:task age:<1d")}`,
  dlq: "/v1/dead-letters?limit=1000",
  approvals: "/v1/questions",
};

const shown: Readonly<Record<string, (item: Item) => Candidate>> = {
  agents: ({ mailbox, waiting = 0 }) => [mailbox, `${waiting} waiting`],
  messages: ({ id, envelope }) => [id ?? (envelope as unknown as Item).id, about(envelope)],
  conversations: ({ envelope }) => [envelope.conversationId, about(envelope)],
  tasks: ({ envelope }) => [(envelope as unknown as Item).id, about(envelope)],
  dlq: ({ id, reason = "" }) => [id, reason],
  approvals: ({ id, question = "" }) => [id, plain(question)],
};

/** More than this nobody reads. */
const MOST = 200;

function about({ from, to, verb, operation }: Item["envelope"]): string {
  return plain(`${verb} ${nameOf(from)} → ${to === undefined ? "" : nameOf(to)}  ${operation}`);
}

/** What there is of a kind, the newest first. @throws what the hub or the settings say. */
export async function asking(
  what: string,
  words: readonly string[],
  { env, folder }: Pick<Ends, "env" | "folder">,
  patience: number,
): Promise<readonly Candidate[]> {
  if (what === "contexts")
    return Object.entries(readContexts(contextsFile(env)).contexts).map(([name, { url }]) => [name, url]);
  const [kind = "", agent] = what.split(" ");
  const path = kind === "operations" ? operationsOf(agent) : paths[kind];
  if (path === undefined) return [];
  const { url, token } = await readSettings(typedIn(words), { env, path: (typed) => resolve(folder, typed) });
  const answer = await fetch(new URL(path, url.replace(/^ws/u, "http")), {
    signal: AbortSignal.timeout(patience),
    redirect: "error",
    ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
  });
  const { items = [] } = (await answer.json()) as { readonly items?: readonly Item[] };
  const one = shown[kind] ?? (({ envelope }: Item): Candidate => [envelope.operation, ""]);
  const found = new Map(items.toReversed().map(one));
  const last = words.at(-1) ?? "";
  return [...found].filter(([word]) => word.startsWith(last)).slice(0, MOST);
}

function operationsOf(agent = ""): string {
  const where = `to:${JSON.stringify(agent)} -type:response age:<1d`;
  return `/v1/history?limit=1000&where=${encodeURIComponent(where)}`;
}

/** The hub that is typed already. */
function typedIn(words: readonly string[]): Options {
  const of = (name: string): string | undefined => {
    const at = words.indexOf(`--${name}`);
    return at < 0 ? undefined : words[at + 1];
  };
  return { url: of("url"), token: of("token"), context: of("context") };
}
