/** Outgoing: what agents behind a hub send to URLs of others: never to this machine or its networks, and never with a token. Groups 24 and 25. */
import { start, type AgentDefinition, type OpenStore, type Report } from "hermod";
import { httpAgent, webhook, type WebhookOptions } from "hermod/http";
import { remote } from "hermod/remote";
import { pinned } from "../../../packages/hermod/src/links/http/pinned.ts";
import { CANARY, rawHttp, type Ground } from "../ground.ts";
import { openInside, type Inside } from "../inside.ts";
import { probes, type Probe, type Row } from "../probe.ts";
import { request } from "./identity.ts";

/** What becomes of one message to such an agent: "sent", or the error's code, with all that the dead letter says of it. */
async function told(agent: AgentDefinition, store: OpenStore): Promise<string> {
  await using system = await start({ agents: [agent], store });
  const ended = new Promise<Report & { readonly type: "delivery.settled" }>((resolve) => {
    system.reports((report) => void (report.type === "delivery.settled" && resolve(report)));
  });
  await system.cast(agent.address, "done", { said: CANARY });
  const { settlement } = await ended;
  return settlement.type === "ack" ? "sent" : JSON.stringify(settlement);
}

const codeIn = (said: string): string => /"code":"(HERMOD_[A-Z_]+)"/.exec(said)?.[1] ?? said;

let links = 0;
/** Where nothing private is reached; a plant takes the place of the webhook. */
const hook = (ground: Ground, url: string, more: Partial<WebhookOptions> = {}): AgentDefinition =>
  (ground.plants.link ?? webhook)(`hook-${++links}`, { url, retry: { retries: 0 }, timeout: "2s", ...more });

/** A URL that leads inside, whatever it looks like. */
const toInside = (
  did: string,
  urlOf: (inside: Inside) => string,
  more: Partial<WebhookOptions> = {},
): Row => [
  did,
  async (ground) => {
    await using inside = await openInside();
    const said = await told(hook(ground, urlOf(inside), more), remote(ground.open.url));
    if (inside.heard.length > 0) return "reached";
    return /canary-path/.test(said) ? "shows what is secret of the URL" : codeIn(said);
  },
];

const ownHosts = [
  ...["127.0.0.1", "127.1", "127.0.0.1.", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001"],
  ...["localhost", "LOCALHOST", "localhost.", "0.0.0.0", "0", "①②⑦.0.0.1", "127。0。0。1", "%31%32%37.0.0.1"],
  ...["[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"],
];
const otherHosts = [
  ...[
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "167772161",
    "100.64.0.1",
    "255.255.255.255",
  ],
  ...["169.254.169.254", "2852039166", "0xa9fea9fe", "[::ffff:169.254.169.254]", "100.100.100.200"],
  ...[
    "[fe80::1]",
    "[fd00:ec2::254]",
    "[64:ff9b::a9fe:a9fe]",
    "[2002:7f00:1::1]",
    "[2001:0:7f00:1::]",
    "[::8.8.8.8]",
  ],
];
const privately: readonly Row[] = [
  ...ownHosts.map((host) =>
    toInside(`tells http://${host}`, ({ port }) => `http://${host}:${port}/canary-path`),
  ),
  ...otherHosts.map((host) => toInside(`tells http://${host}`, () => `http://${host}/canary-path`)),
  toInside("tells https://localhost", ({ port }) => `https://localhost:${port}/canary-path`),
  // What may be private is that name and no other.
  ...["example.com", "localhost.example", "127.0.0.2", "0.0.0.0", "::1", "ocalhost"].map((allow) =>
    toInside(
      `tells 127.0.0.1 where ${allow} is allowed`,
      ({ port }) => `http://127.0.0.1:${port}/canary-path`,
      {
        allow: [allow],
      },
    ),
  ),
];

const unfit: readonly Row[] = [
  ...[
    "file:///etc/passwd",
    "ftp://127.0.0.1/",
    "gopher://127.0.0.1/",
    "data:text/plain,x",
    "javascript:alert(1)",
  ],
  ...[
    "unix:/var/run/docker.sock",
    "http://example.com@127.0.0.1/",
    "http://a:b@127.0.0.1/",
    "//127.0.0.1/",
    "http://",
  ],
].map((url) => [`is given ${url}`, async (ground: Ground) => (hook(ground, url), "taken")]);

/** Somebody who may be told sends whoever comes to where nobody may go. */
const ledAway: readonly Row[] = [301, 302, 303, 307, 308].flatMap((status) =>
  [
    ["the same service", (port: number) => `http://127.0.0.1:${port}/inside`],
    ["a path", () => "/inside"],
    ["another name", (port: number) => `http://localhost:${port}/inside`],
  ].map(([to, where]): Row => [
    `is led by a ${status} to ${String(to)}`,
    async (ground) => {
      await using inside = await openInside((port) => [status, (where as (port: number) => string)(port)]);
      const away = hook(ground, `http://127.0.0.1:${inside.port}/away`, { allow: ["127.0.0.1"] });
      const said = codeIn(await told(away, remote(ground.open.url)));
      return inside.heard.map(({ url }) => url).join() === "/away" ? said : "reached";
    },
  ]),
);
const guardedAway: Row = [
  "leads an agent that is guarded, and follows, to another name",
  async ({ open }) => {
    await using inside = await openInside((port) => [308, `http://localhost:${port}/inside`]);
    const url = `http://127.0.0.1:${inside.port}/away`;
    const guard = { allow: ["127.0.0.1"] };
    const away = httpAgent(`hook-${++links}`, { url, guard, redirects: 5, retry: { retries: 0 } });
    const said = codeIn(await told(away, remote(open.url)));
    return inside.heard.map(({ url: path }) => path).join() === "/away" ? said : "reached";
  },
];

/** Names that are one address when they are looked at, and another when they are gone to. */
const post = async (url: string, allow: readonly string[], answers: readonly (readonly string[])[]) => {
  let asked = 0;
  const resolve = async () =>
    (answers[Math.min(asked++, answers.length - 1)] ?? []).map((address) => ({ address, family: 4 }));
  const signal = AbortSignal.timeout(2000);
  const posted = { url: new URL(url), headers: {}, body: "{}", signal };
  return (await pinned(new Set(allow), resolve)(posted)).status;
};
const rebound = (did: string, allow: readonly string[], ...answers: readonly (readonly string[])[]): Row => [
  did,
  async () => {
    await using inside = await openInside();
    // The machine itself knows this name by another address than it is checked by.
    await post(`http://localhost:${inside.port}/`, allow, answers).catch(() => undefined);
    return inside.heard.length === 0 ? "not reached" : "reached";
  },
];
const rebinding: readonly Row[] = [
  rebound(
    "a name that has become this machine since it was checked",
    ["localhost"],
    ["127.0.0.2"],
    ["127.0.0.1"],
  ),
  rebound("a name of this machine", [], ["127.0.0.1"]),
  rebound("a name with a private address behind a public one", [], ["192.0.0.9", "127.0.0.1"]),
  rebound("a name with a private address before a public one", [], ["127.0.0.1", "192.0.0.9"]),
  rebound("a name without an address", [], []),
];

/** What is asked of the hub itself: no word of a request is a URL that it goes to. */
const asked = (
  did: string,
  path: string,
  body: (url: string) => object,
  headers: readonly string[] = [],
): Row => [
  did,
  async ({ open }) => {
    await using inside = await openInside();
    const url = `http://127.0.0.1:${inside.port}/canary-path`;
    const lines = [`Host: ${new URL(open.url).host}`, ...headers.map((line) => line.replace("URL", url))];
    const said = await rawHttp(open, request("POST", path, lines, JSON.stringify(body(url))));
    return inside.heard.length === 0 ? said : "reached";
  },
];
const throughHub: readonly Row[] = [
  asked("a task whose end goes to a URL", "/v1/tasks", (url) => ({
    agent: "a",
    operation: "b",
    onDone: [url, "x"],
  })),
  asked("a task whose end goes to a URL alone", "/v1/tasks", (url) => ({
    agent: "a",
    operation: "b",
    onDone: url,
  })),
  asked("answers that go to a URL", "/v1/send", (url) => ({ to: "a", verb: "cast", replyTo: url })),
  asked("a field callback", "/v1/send", (url) => ({ to: "a", verb: "cast", hold: true, callback: url })),
  asked("a message to a URL of a file", "/v1/send", () => ({
    to: "file:///etc/passwd#",
    verb: "cast",
    hold: true,
  })),
  asked("a header that names a callback", "/v1/agents/nobody/x", () => ({}), [
    "X-Callback-Url: URL",
    "Webhook: URL",
  ]),
];

const heldFor = asked("a message to a URL", "/v1/send", (url) => ({ to: url, verb: "cast", hold: true }));

/** The hub's token stays with the hub. */
const passed = (did: string, make: (name: string, url: string) => AgentDefinition): Row => [
  did,
  async ({ guarded, tokens: { victim } }) => {
    await using inside = await openInside();
    const agent = make(`hook-${++links}`, `http://127.0.0.1:${inside.port}/`);
    const said = await told(agent, remote(guarded.hub.url, { token: victim }));
    if (said !== "sent") return said;
    const text = JSON.stringify(inside.heard);
    return text.includes(victim.slice(20)) || /authorization|cookie/i.test(text) ? "found" : "not found";
  },
];
const allow = ["127.0.0.1"];
const passedOn: readonly Row[] = [
  passed("looks for the system's token in what a webhook is told", (name, url) =>
    webhook(name, { url, allow }),
  ),
  passed("looks for it in what an agent behind HTTP is asked", (name, url) => httpAgent(name, { url })),
  passed("looks for it in what a guarded one is asked", (name, url) =>
    httpAgent(name, { url, guard: { allow } }),
  ),
];

export const outgoing: readonly Probe[] = [
  ...probes(24, /^HERMOD_HTTP_BLOCKED$/, privately),
  ...probes(24, /^threw HERMOD_BAD_OPTION/, unfit),
  ...probes(24, /^HERMOD_HTTP_STATUS$/, [...ledAway, guardedAway]),
  ...probes(24, /^not reached$/, rebinding),
  ...probes(24, /^HTTP\/1\.1 4/, throughHub),
  // Such a name is one of an agent, that waits to be served.
  ...probes(24, /^HTTP\/1\.1 202/, [heldFor]),
  ...probes(25, /^not found$/, passedOn),
];
