/** Figures: names that anybody can make up must not become labels, or anything else that is kept for each. Group 28. */
import { memory } from "hermod";
import { Hub } from "../../../packages/hub/src/index.ts";
import { Raw, rawHttp, type Ground } from "../ground.ts";
import { probes, type Probe, type Row } from "../probe.ts";
import { request } from "./identity.ts";

/** More names than any label may have values. */
const MANY = 600;
/** Most values of one label: two hundred agents and the others, or one for each route. */
const MOST = 250;

/** "bounded", or what there is too much of. */
export function judged(text: string): string {
  const values = new Map<string, Set<string>>();
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  if (!text.includes("hermod_hub_sessions ")) return `no figures: ${text.slice(0, 100)}`;
  for (const line of lines) {
    if (!/^hermod_[a-z_]+(\{.*\})? [-+.\dA-Za-z]+$/.test(line))
      return `a line that is none: ${line.slice(0, 100)}`;
    if (line.startsWith("hermod_forged")) return "a line of somebody else's";
    for (const [, label = "", value = ""] of line.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g))
      values.set(label, (values.get(label) ?? new Set()).add(value));
  }
  for (const [label, all] of values) if (all.size > MOST) return `${all.size} values of ${label}`;
  return lines.length > MOST * 8 ? `${lines.length} lines` : "bounded";
}

interface Flooded {
  readonly hub: Hub;
  readonly names: readonly string[];
}

/** A hub as it comes is flooded, and asked for what it has kept of that. */
const flood = (
  did: string,
  does: (flooded: Flooded) => Promise<unknown>,
  look: (text: string) => string = judged,
  path = "/metrics",
): Row => [
  did,
  async ({ plants: { figures = (text: string) => text } }: Ground) => {
    await using hub = await Hub.open({ store: memory(), port: 0 });
    const names = Array.from({ length: MANY }, (_, at) => `made-up-${at}`);
    await does({ hub, names });
    const answer = await fetch(`${hub.url}${path}`);
    return look(figures(await answer.text(), names));
  },
];

/** Requests made of each name, some at a time. */
async function eachAsks(
  { hub, names }: Flooded,
  ask: (name: string) => readonly [method: string, path: string, more?: RequestInit],
): Promise<void> {
  const one = async (name: string): Promise<void> => {
    const [method, path, more] = ask(name);
    const body = method === "POST" ? { body: "{}", headers: { "content-type": "application/json" } } : {};
    await (await fetch(`${hub.url}${path}`, { method, ...body, ...more })).arrayBuffer();
  };
  for (let at = 0; at < names.length; at += 50) await Promise.all(names.slice(at, at + 50).map(one));
}

const byHttp = (did: string, ask: Parameters<typeof eachAsks>[1]): Row =>
  flood(did, (flooded) => eachAsks(flooded, ask));
const headers = (more: Readonly<Record<string, string>>): RequestInit => ({
  headers: { "content-type": "application/json", ...more },
});

/** Frames made of each name, by one client. */
const byFrames = (
  did: string,
  frame: (name: string) => object,
  look?: (text: string) => string,
  path?: string,
): Row =>
  flood(
    did,
    async ({ hub, names }) => {
      using raw = await Raw.hello(hub.url);
      names.forEach((name, at) => raw.say({ n: at + 1, ...frame(name) }));
      await raw.hear(({ n }) => n === names.length);
    },
    look,
    path,
  );
const message = (name: string) => ({ id: name, from: "a", to: "b", verb: "cast", type: "notification" });

const floods: readonly Row[] = [
  byHttp("agents that there are not", (name) => ["POST", `/v1/agents/${name}/x`]),
  byHttp("operations that there are not", (name) => ["POST", `/v1/agents/nobody/${name}`]),
  byHttp("messages held for agents that there are not", (name) => [
    "POST",
    `/v1/agents/${name}/x?verb=cast&hold=true`,
  ]),
  byHttp("topics", (name) => ["POST", `/v1/topics/${name}`]),
  byHttp("paths", (name) => ["GET", `/${name}/x`]),
  byHttp("queries", (name) => ["GET", `/v1/history?where=${name}`]),
  byHttp("options of queries", (name) => ["GET", `/v1/history?${name}=1`]),
  byHttp("conversations", (name) => ["GET", `/v1/conversations/${name}`]),
  byHttp("mailboxes that are pulled from", (name) => ["POST", `/v1/mailboxes/${name}/pull`]),
  byHttp("tasks that there are not", (name) => ["GET", `/v1/tasks/${name}`]),
  byHttp("breakers that there are not", (name) => ["POST", `/v1/breakers/${name}`]),
  byHttp("idempotency keys", (name) => ["POST", "/v1/topics/x", headers({ "idempotency-key": name })]),
  byHttp("traces", (name) => ["POST", "/v1/topics/x", headers({ traceparent: name })]),
  byHttp("tokens that are none", (name) => [
    "GET",
    "/v1/agents",
    headers({ authorization: `Bearer ${name}` }),
  ]),
  byHttp("readers of their own names", (name) => [
    "GET",
    "/v1/health",
    headers({ "user-agent": name, "x-forwarded-for": name }),
  ]),
  flood(
    "methods",
    async ({ hub }) => {
      const { host } = new URL(hub.url);
      for (const method of ["PROPFIND", "MKCOL", "PURGE", "REPORT", "LOCK", "SEARCH", "TRACE", "made-up"])
        await rawHttp(hub, request(method, "/v1/send", [`Host: ${host}`]));
      await rawHttp(hub, request("GET", "/v1/health", [`Host: ${host}`]));
    },
    (text) => (/method="(?!GET|POST|PUT|DELETE|other")/.test(text) ? "methods" : judged(text)),
  ),
  byFrames("mailboxes of a client", (name) => ({ op: "announce", mailbox: name, rule: {} })),
  byFrames("senders", (name) => ({ op: "append", envelope: { ...message(name), from: name } })),
  byFrames("recipients", (name) => ({ op: "append", envelope: { ...message(name), to: name } })),
  byFrames("operations of messages", (name) => ({
    op: "append",
    envelope: { ...message(name), operation: name },
  })),
  byFrames("types of messages", (name) => ({ op: "append", envelope: { ...message(name), type: name } })),
  byFrames("subscriptions", (name) => ({ op: "bind", pattern: name, mailbox: "mine" })),
  byFrames("requests that there are not", (name) => ({ op: name })),
  flood("clients of their own names", async ({ hub, names }) => {
    for (const client of names.slice(0, 300)) (await Raw.hello(hub.url, { client }))[Symbol.dispose]();
  }),
];

/** Names that would be lines of their own. */
const forged: readonly Row[] = [
  'a"} 1\nhermod_forged 1',
  "a\nhermod_forged 1\n",
  "a\\",
  'a\\"} 1 #',
  "{}",
  "other",
].flatMap((name) => [
  flood(`a path ${JSON.stringify(name)}`, ({ hub }) => fetch(`${hub.url}/${encodeURIComponent(name)}`)),
  flood(`a mailbox ${JSON.stringify(name)}`, async ({ hub }) => {
    using raw = await Raw.hello(hub.url);
    await raw.ask("announce", { mailbox: name, rule: {} });
  }),
]);

const short = (text: string): string => (text.length < 20_000 ? "bounded" : `${text.length} letters`);
const others: readonly Row[] = [
  byFrames(
    "senders, in the statistics",
    (name) => ({ op: "append", envelope: { ...message(name), from: name } }),
    short,
    "/v1/statistics",
  ),
  byFrames(
    "mailboxes, in the statistics",
    (name) => ({ op: "announce", mailbox: name, rule: {} }),
    short,
    "/v1/statistics",
  ),
  byFrames(
    "recipients, in the breakers",
    (name) => ({ op: "append", envelope: { ...message(name), to: name } }),
    short,
    "/v1/breakers",
  ),
  byFrames(
    "recipients, in what runs",
    (name) => ({ op: "append", envelope: { ...message(name), to: name } }),
    short,
    "/v1/systems",
  ),
];

export const figures: readonly Probe[] = probes(28, /^bounded$/, [...floods, ...forged, ...others]);
