/** Identity: tokens that are none, names that belong to others, what others hold. Groups 1, 6 to 12 and 31. */
import { memory } from "hermod";
import { guarded as fresh } from "../../../packages/hub/src/auth/auth.kit.ts";
import { createToken, parseScopes, revokeToken } from "../../../packages/hub/src/index.ts";
import { told, greeted, Raw, upgrade, rawHttp, CANARY, OTHER, type Ground } from "../ground.ts";
import { probes, type Probe, type Row } from "../probe.ts";

const REFUSED =
  /^(HERMOD_(UNAUTHORIZED|RATE_LIMITED|BAD_OPTION|PROTOCOL|FORBIDDEN|BAD_ADDRESS|BAD_ENVELOPE|BAD_FILTER)|closed)$/;
const FORBIDDEN = /^HERMOD_FORBIDDEN$/;
/** A token that is none; after many from one address whoever has none is told to wait, and a good one comes in all the same. */
export const UNKNOWN = /^HERMOD_(UNAUTHORIZED|RATE_LIMITED)$/;
/** Nothing of what is secret. */
const NOTHING = new RegExp(`^(?!.*(${CANARY}|theirs|blue))`, "su");
const where = (id: string) => [{ field: "id", operator: "is", value: id, negated: false }];

const made = ({ guarded }: Pick<Ground, "guarded">, more: object): string =>
  createToken(guarded.file, { name: "late", kind: "system", scopes: parseScopes(["serve:*"]), ...more })
    .token;

function revoked(ground: Pick<Ground, "guarded">): string {
  const token = made(ground, { name: "gone" });
  revokeToken(ground.guarded.file, "gone");
  return token;
}

const wrong: readonly (readonly [string, (ground: Ground) => unknown])[] = [
  ["none", () => undefined],
  ["empty", () => ""],
  ["a guess", () => "guess"],
  ["of the right form", () => `hermod_000000000000_${"A".repeat(43)}`],
  ["a known id with another secret", ({ tokens }) => `${tokens.victim.slice(0, 20)}${"A".repeat(43)}`],
  [
    "a known id with the secret of another",
    ({ tokens }) => tokens.victim.slice(0, 20) + tokens.stranger.slice(20),
  ],
  ["without its last letter", ({ tokens }) => tokens.victim.slice(0, -1)],
  ["with one letter more", ({ tokens }) => `${tokens.victim}A`],
  ["in capitals", ({ tokens }) => tokens.victim.toUpperCase()],
  ["with a blank before it", ({ tokens }) => ` ${tokens.victim}`],
  ["with a blank behind it", ({ tokens }) => `${tokens.victim} `],
  ["with a line behind it", ({ tokens }) => `${tokens.victim}\n`],
  ["with a NUL behind it", ({ tokens }) => `${tokens.victim}\0`],
  ["with Bearer before it", ({ tokens }) => `Bearer ${tokens.victim}`],
  ["its id alone", ({ tokens }) => tokens.victim.slice(7, 19)],
  ["expired", (ground) => made(ground, { expires: 1 })],
  ["revoked", revoked],
  ["of another hub", () => `hermod_abcdefabcdef_${"b".repeat(43)}`],
  ["a number", () => 1],
  ["true", () => true],
  ["null", () => null],
  ["a list of it", ({ tokens }) => [tokens.victim]],
  ["an object with it", ({ tokens }) => ({ token: tokens.victim })],
  ["of 10,000 letters", () => "A".repeat(10_000)],
  ["SQL", () => "' OR 1=1 --"],
  ["a JWT without a signature", () => "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ2aWN0aW0ifQ."],
  ["__proto__", () => "__proto__"],
];

const hellos: readonly Row[] = wrong.map(([name, token]) => [
  `hello with a token: ${name}`,
  (ground) => greeted(ground.guarded.hub, { hello: 1, token: token(ground) }),
]);

const elsewhere: readonly Row[] = [
  ["a token in the address of the socket", (g) => silent(g, [], `/v1/socket?token=${g.tokens.victim}`)],
  ["a token in a header of the upgrade", (g) => silent(g, [`Authorization: Bearer ${g.tokens.victim}`])],
  ["a token in a cookie of the upgrade", (g) => silent(g, [`Cookie: token=${g.tokens.victim}`])],
  [
    "a token in the protocol of the upgrade",
    (g) => silent(g, [`Sec-WebSocket-Protocol: ${g.tokens.victim}`]),
  ],
];

/** No frame was sent: nothing may come but the upgrade. */
async function silent({ guarded }: Ground, headers: readonly string[], path?: string): Promise<string> {
  const came = await upgrade(guarded.hub, headers, path);
  return came.includes("welcome") ? "let in" : "HERMOD_UNAUTHORIZED";
}

/** What is asked before the hello, or instead of it. */
const before: readonly Row[] = [
  ["append before the hello", { n: 1, op: "append", envelope: { id: "x", from: "theirs", to: "theirs" } }],
  ["read before the hello", { n: 1, op: "read", query: { type: "history" } }],
  ["ping before the hello", { ping: 1 }],
  ["got before the hello", { got: [1] }],
  ["bye before the hello", { bye: true }],
  ["hello of another version", { hello: 2 }],
  ["hello as text", { hello: "1" }],
  ["an empty frame", {}],
].map(([did, frame]) => [did as string, ({ guarded }) => greeted(guarded.hub, frame)] as Row);

/** Every route of HTTP with every token that is none. */
function* httpRoutes({ routes }: Ground): Iterable<Probe> {
  const given: readonly (readonly [string, (token: string) => readonly string[]])[] = [
    ["no token", () => []],
    ["a wrong token", () => ["Authorization: Bearer guess"]],
    ["an empty token", () => ["Authorization: Bearer "]],
    ["Basic", (token) => [`Authorization: Basic ${Buffer.from(`:${token}`).toString("base64")}`]],
    ["a token in a cookie", (token) => [`Cookie: token=${token}; authorization=${token}`]],
    ["another header", (token) => [`X-Token: ${token}`, `X-Forwarded-User: victim`]],
  ];
  const open = new Set(["/v1/health", "/v1/health/live", "/v1/health/ready", "/v1/openapi.json"]);
  for (const { method, path } of routes)
    if (!open.has(path))
      for (const [name, headers] of given)
        yield {
          group: 1,
          did: `${method} ${path} with ${name}`,
          expected: /^HTTP\/1\.1 (401|403|429)/,
          come: ({ guarded, tokens }) =>
            rawHttp(
              guarded.hub,
              request(method, path, [`Host: ${new URL(guarded.hub.url).host}`, ...headers(tokens.victim)]),
            ),
        };
}

export function request(method: string, path: string, headers: readonly string[], body = "{}"): string {
  const own = path.replaceAll(/:[a-z]+(\{[^}]*\})?/gi, "theirs").replaceAll("*", "x");
  const isBodied = method !== "GET" && method !== "HEAD";
  const lines = isBodied ? [`Content-Length: ${Buffer.byteLength(body)}`] : [];
  const type =
    isBodied && !headers.some((line) => /^content-type/i.test(line))
      ? ["Content-Type: application/json"]
      : [];
  return `${method} ${own} HTTP/1.1\r\n${[...headers, ...type, ...lines, "Connection: close"].join("\r\n")}\r\n\r\n${isBodied ? body : ""}`;
}

let ids = 0;
const append = (did: string, more: object): Row => [
  did,
  ({ stranger }) =>
    stranger("append", { envelope: { id: `i${++ids}`, from: "mine", to: "friend", ...more } }),
];
const info = { verb: "info", type: "status" };

const spoofs: readonly Row[] = [
  append("from: another's agent", { from: "theirs" }),
  append("from: an instance of another's agent", { from: "theirs#1" }),
  append("from: another's system", { from: OTHER }),
  append("from: another's system as an agent", { from: `${OTHER}/mine` }),
  append("from: a person", { from: "~people/anna" }),
  append("from: all people", { from: "~people" }),
  append("from: a schedule", { from: "~schedules#daily" }),
  append("from: the other's name in another case", { from: "Theirs" }),
  append("from: a name that looks alike", { from: "thеirs" }),
  append("a call from another's agent", { from: "theirs", verb: "call", type: "request" }),
  append("a reply from another's agent", { from: "theirs", verb: "reply", type: "response", to: OTHER }),
  append("a reply from a person", { from: "~people/anna", verb: "reply", type: "result", to: OTHER }),
  append("an error from another's agent", { from: "theirs", verb: "reply", type: "error", to: OTHER }),
  append("a notice from another's agent", { ...info, from: "theirs" }),
  append("a notice that cancels another's task", {
    ...info,
    operation: "~cancel",
    payload: { id: "theirs-1" },
  }),
  append("replies to another's agent", { replyTo: "theirs" }),
  append("replies to another's system", { replyTo: OTHER }),
  append("replies to another's agent at its system", { replyTo: `${OTHER}/theirs` }),
  append("replies to a person", { replyTo: "~people/anna" }),
  append("published by another's system", {
    to: undefined,
    topic: "open.x",
    published: { by: OTHER, number: 9 },
  }),
  append("waits of another's", { waits: 1, hops: ["theirs"] }),
  append("waits of nobody", { waits: 1, hops: [] }),
];

const hidden: readonly Row[] = [
  append("a field kind: system", { kind: "system" }),
  append("a field human: true", { human: true }),
  append("a field principal", { principal: "victim" }),
  append("a field role: admin", { role: "admin" }),
  append("a type human", { type: "human" }),
  append("a verb system", { verb: "system" }),
  append("a priority of 99", { priority: 99 }),
];

const onBehalf: readonly Row[] = [
  ["bury in another's name", { envelope: { id: "b1", from: "theirs", to: "friend" }, reason: "terminal" }],
  ["bury at another's", { envelope: { id: "b2", from: "mine", to: "theirs" }, reason: "terminal" }],
].map(([did, rest]) => [did as string, ({ stranger }) => stranger("bury", rest as never)] as Row);
const together: readonly Row[] = [
  [
    "one of many in another's name",
    [
      { from: "mine", to: "friend" },
      { from: "theirs", to: "friend" },
    ],
  ],
  [
    "one of many to another's agent",
    [
      { from: "mine", to: "friend" },
      { from: "mine", to: "theirs" },
    ],
  ],
  [
    "one of many as a person",
    [
      { from: "mine", to: "friend" },
      { from: "~people/anna", to: "friend" },
    ],
  ],
].map(
  ([did, list]) =>
    [
      did as string,
      ({ stranger }) =>
        stranger("appendAll", {
          envelopes: (list as object[]).map((each) => ({ id: `t${++ids}`, ...each })),
        }),
    ] as Row,
);

const op = (did: string, name: string, rest: object): Row => [
  did,
  ({ stranger }) => stranger(name, rest as never),
];
const claim = (mailbox: string, more: object = {}) => ({ mailbox, max: 10, lease: 1000, ...more });

const taken: readonly Row[] = [
  ...["secret.>", "secret.*", ">", "*.>", "*", "*.news", "open", "ope*", "secret.news", "s*"].map((pattern) =>
    op(`subscribes to ${pattern}`, "bind", { pattern, mailbox: "mine" }),
  ),
  op("binds another's mailbox", "bind", { pattern: "open.>", mailbox: "theirs" }),
  op("binds another's system", "bind", { pattern: "open.>", mailbox: OTHER }),
  op("unbinds another's mailbox", "unbind", { pattern: "secret.>", mailbox: "theirs" }),
  ...["theirs", OTHER, "~people", "~schedules", "friend", "red.agent"].flatMap((mailbox) => [
    op(`claims from ${mailbox}`, "claim", claim(mailbox)),
    op(`watches ${mailbox}`, "watch", { mailbox }),
  ]),
  op("claims another's message by its id", "claim", claim("theirs", { where: where("theirs-1") })),
  op("claims another's message by a text", "claim", claim("theirs", { where: "id:theirs-1" })),
  op("claims an id that is not there yet", "claim", claim("theirs", { where: where("tomorrow") })),
  op("claims with two ids", "claim", claim("theirs", { where: [...where("x"), ...where("theirs-1")] })),
  op("claims beside", "claim", claim("theirs", { beside: true })),
  op("follows another's task", "follow", { id: "theirs-1" }),
  op("records a part of another's task", "record", { id: "theirs-1", part: { type: "part", value: 1 } }),
  op("ends another's task", "record", { id: "theirs-1", part: { type: "end", state: "done" } }),
  op("cancels another's task", "record", { id: "theirs-1", part: { type: "cancel", at: 1 } }),
  op("loads another's state", "load", { key: "theirs" }),
  op("loads the state of a conversation", "load", { key: "theirs c1" }),
  op("spends of another's conversation", "spend", {
    conversation: "theirs-1",
    amounts: { tokens: 1e9 },
    limits: {},
  }),
  op("redrives another's dead letter", "operate", {
    operation: { type: "redrive", id: "dead-1@theirs", force: true },
  }),
  op("discards another's dead letter", "operate", { operation: { type: "discard", id: "dead-1@theirs" } }),
  op("discards by a name in disguise", "operate", { operation: { type: "discard", id: "x@mine@theirs" } }),
  op("removes another's mailbox", "operate", { operation: { type: "remove", mailbox: "theirs" } }),
  op("removes the mailbox of people", "operate", { operation: { type: "remove", mailbox: "~people" } }),
  op("removes another's system", "operate", { operation: { type: "remove", mailbox: OTHER } }),
];

const reads: readonly Row[] = [
  { type: "history" },
  { type: "history", agent: "theirs" },
  { type: "history", conversation: "theirs-1" },
  { type: "history", where: where("theirs-1") },
  { type: "history", where: CANARY },
  { type: "history", where: "from:theirs" },
  { type: "history", where: "-from:mine" },
  { type: "waiting", mailbox: "theirs" },
  { type: "waiting", mailbox: "~people" },
  { type: "delayed", mailbox: "theirs" },
  { type: "dead" },
  { type: "dead", where: "id:dead-1" },
  { type: "counts", mailbox: "theirs" },
  { type: "counts" },
  { type: "bindings" },
  { type: "bindings", mailbox: "theirs" },
].map((query) => op(`reads ${JSON.stringify(query)}`, "read", { query }));
const sees: readonly Row[] = [
  op("lists the directory", "directory", {}),
  op("reads another's parts", "parts", { id: "theirs-1", after: 0, limit: 100 }),
];

const asRed = (did: string, name: string, rest: object): Row => [
  did,
  async ({ as }) => {
    using raw = await as("red");
    return told(await raw.ask(name, rest as never));
  },
];
const tenants: readonly Row[] = [
  asRed("sends to another tenant", "append", { envelope: { id: "r1", from: "red.agent", to: "blue.agent" } }),
  asRed("sends as another tenant", "append", { envelope: { id: "r2", from: "blue.agent", to: "red.agent" } }),
  asRed("publishes to another tenant", "append", {
    envelope: { id: "r3", from: "red.agent", topic: "blue.news" },
  }),
  asRed("publishes to all", "append", { envelope: { id: "r4", from: "red.agent", topic: "news" } }),
  asRed("asks another tenant's person", "append", {
    envelope: { id: "r5", from: "red.agent", to: "~people/blue.x" },
  }),
  asRed("sets a schedule", "append", { envelope: { id: "r6", from: "red.agent", to: "~schedules#x" } }),
  asRed("claims of another tenant", "claim", claim("blue.agent")),
  asRed("serves another tenant's", "announce", { mailbox: "blue.agent", rule: {} }),
  asRed("serves a new one of another tenant", "announce", { mailbox: "blue.new", rule: {} }),
  asRed("serves a name that begins alike", "announce", { mailbox: "redder", rule: {} }),
  asRed("serves its tenant's own name", "announce", { mailbox: "red", rule: {} }),
  asRed("subscribes to everything", "bind", { pattern: ">", mailbox: "red.agent" }),
  asRed("subscribes to another tenant", "bind", { pattern: "blue.>", mailbox: "red.agent" }),
  asRed("subscribes past its tenant", "bind", { pattern: "*.news", mailbox: "red.agent" }),
  asRed("loads another tenant's state", "load", { key: "blue.agent" }),
  asRed("removes another tenant's mailbox", "operate", {
    operation: { type: "remove", mailbox: "blue.agent" },
  }),
  asRed("follows another tenant's task", "follow", { id: "blue-1" }),
];
const tenantReads: readonly Row[] = [
  asRed("reads all history", "read", { query: { type: "history" } }),
  asRed("reads another tenant's agent", "read", { query: { type: "history", agent: "blue.agent" } }),
  asRed("reads by id", "read", { query: { type: "history", where: where("blue-1") } }),
  asRed("searches for the canary", "read", { query: { type: "history", where: CANARY } }),
  asRed("lists all names", "directory", {}),
  asRed("counts all mailboxes", "read", { query: { type: "counts" } }),
  asRed("reads all dead letters", "read", { query: { type: "dead" } }),
  asRed("reads another tenant's parts", "parts", { id: "blue-1", after: 0, limit: 10 }),
  ...["0", "1", "999999", "-1", "' OR 1", "AAAA", "blue-1", "{}"].map((after) =>
    asRed(`goes on at a cursor of its own making: ${after}`, "read", { query: { type: "history", after } }),
  ),
];

const names: readonly Row[] = [
  op("serves another's agent", "announce", { mailbox: "theirs", rule: {} }),
  op("serves another's agent with no room", "announce", { mailbox: "theirs", rule: { count: 0 } }),
  op("serves another's system", "announce", { mailbox: OTHER, rule: {} }),
  op("serves all people", "announce", { mailbox: "~people", rule: { count: 0 } }),
  op("serves the schedules", "announce", { mailbox: "~schedules", rule: {} }),
  op("opens what is there, to send", "announce", { mailbox: "friend", rule: {} }),
];
const ownSystem: Row = [
  "serves the hub's own system",
  async ({ open }) => {
    using raw = await Raw.hello(open.url);
    return told(await raw.ask("announce", { mailbox: open.system.address, rule: {} }));
  },
];
const asHub = (did: string, more: object): Row => [
  did,
  async ({ open }) => {
    using raw = await Raw.hello(open.url);
    const envelope = { id: `h${++ids}`, from: open.system.address, to: "x", ...more };
    return told(await raw.ask("append", { envelope }));
  },
];

const replays: readonly Row[] = [
  ...[0, 1, 2, 3, 1000, Number.MAX_SAFE_INTEGER].map((token) =>
    op(`settles claim ${token} of others`, "settle", { token, settlement: { type: "ack" } }),
  ),
  ...[1, 2, 1000].map((token) => op(`extends claim ${token} of others`, "extend", { token, lease: 1000 })),
];
/** A claim that somebody holds, and that stays theirs whatever a stranger does with its token. */
const held = (did: string, name: string, more: object): Row => [
  did,
  async ({ as }) => {
    using raw = await as("victim");
    using other = await as("stranger");
    const mailbox = `held-${++ids}`;
    await raw.ask("announce", { mailbox, rule: {} });
    await raw.ask("append", { envelope: { id: mailbox, from: mailbox, to: mailbox } });
    const claims = (await raw.ask("claim", { mailbox, max: 1, lease: 10_000 }))?.["is"];
    const [{ token }] = claims as readonly [{ readonly token: number }];
    const came = told(await other.ask(name, { token, ...more }));
    const own = told(await raw.ask("settle", { token, settlement: { type: "ack" } }));
    return own.includes('"settled"') ? came : `${came}, and the holder ${own}`;
  },
];
const ack = { settlement: { type: "ack" } };
const holdings: readonly Row[] = [
  held("settles another's claim by its token", "settle", ack),
  held("gives another's claim back by its token", "settle", { settlement: { type: "release" } }),
  held("extends another's claim by its token", "extend", { lease: 1_000_000 }),
];

const stolen: readonly Row[] = [
  [
    "goes on with another's session",
    async ({ guarded, tokens, victim }) => {
      const { session } = victim.welcome;
      using raw = await Raw.hello(guarded.hub.url, { token: tokens.stranger, session });
      return raw.welcome["resumed"] === true || raw.welcome["session"] === session ? "taken" : "a new one";
    },
  ],
  [
    "goes on with a session by a guess",
    async ({ guarded, tokens }) => {
      using raw = await Raw.hello(guarded.hub.url, { token: tokens.stranger, session: "0".repeat(32) });
      return raw.welcome["resumed"] === true ? "taken" : "a new one";
    },
  ],
  [
    "says the same request twice",
    async ({ as }) => {
      using raw = await as("stranger");
      const said = { n: 7, op: "append", envelope: { id: "twice-1", from: "mine", to: "friend" } };
      raw.say(said);
      raw.say({ ...said, envelope: { id: "twice-2", from: "mine", to: "friend" } });
      await raw.hear((frame) => frame["n"] === 7);
      const page = told(await raw.ask("read", { query: { type: "history", where: where("twice-2") } }));
      return page.includes("twice-2") ? "done twice" : "a new one";
    },
  ],
];

const widened = (
  did: string,
  kind: "system" | "person" | "agent",
  scopes: readonly string[],
  name: string,
  rest: object,
): Row => [
  did,
  async ({ guarded }) => {
    using raw = await Raw.hello(guarded.hub.url, { token: guarded.token(`small-${kind}`, scopes, kind) });
    return told(await raw.ask(name, rest as never));
  },
];
const capabilities: readonly Row[] = [
  widened("a token without rights serves", "system", [], "announce", { mailbox: "mine", rule: {} }),
  widened("a token without rights sends", "system", [], "append", {
    envelope: { id: "c1", from: "mine", to: "friend" },
  }),
  widened("send does not serve", "system", ["send:*"], "claim", claim("theirs")),
  widened("serve does not send", "system", ["serve:mine"], "append", {
    envelope: { id: "c2", from: "mine", to: "friend" },
  }),
  widened("read does not redrive", "system", ["read:*"], "operate", {
    operation: { type: "discard", id: "dead-1@theirs" },
  }),
  widened("a prefix stays one", "system", ["serve:min*"], "announce", { mailbox: "other", rule: {} }),
  widened("an exact name stays one", "system", ["serve:mine"], "announce", { mailbox: "mine2", rule: {} }),
  widened("administer does not serve", "person", ["administer:*"], "claim", claim("theirs")),
  widened("answer is for people alone", "system", ["answer:*"], "claim", claim("~people")),
  widened("an agent is no person", "agent", ["answer:*"], "watch", { mailbox: "~people" }),
  widened("a person answers for itself alone", "person", ["answer:bob"], "claim", claim("~people")),
];
const live: readonly Row[] = [
  [
    "stays after its token was taken back",
    async ({ guarded }) => {
      using raw = await Raw.hello(guarded.hub.url, { token: guarded.token("leaver", ["serve:mine"]) });
      revokeToken(guarded.file, "leaver");
      const began = performance.now();
      const came = told(await raw.hear((frame) => "refused" in frame));
      return performance.now() - began < 5000 ? came : "too late";
    },
  ],
  [
    "stays after its token has expired",
    async (ground) => {
      const token = made(ground, { name: "short", expires: Date.now() + 300 });
      using raw = await Raw.hello(ground.guarded.hub.url, { token });
      return told(await raw.hear((frame) => "refused" in frame));
    },
  ],
];

const brute: readonly Row[] = [
  [
    "compares the answers for unknown, revoked, expired and wrong tokens",
    async ({ plants }) => {
      // Where nobody has guessed before: what is rationed is told apart by nothing but the time.
      await using hub = await fresh(memory(), plants.auth);
      const own = { guarded: hub };
      const victim = hub.token("victim", ["serve:mine"]);
      const texts = new Set<string>();
      for (const token of ["x", revoked(own), made(own, { expires: 1 }), `${victim}x`]) {
        using raw = await Raw.hello(hub.hub.url, { token });
        texts.add(JSON.stringify(raw.welcome));
      }
      const [text = ""] = texts;
      return texts.size === 1 && text.includes("HERMOD_UNAUTHORIZED") ? "the same" : [...texts].join(" | ");
    },
  ],
];

/** Whoever guesses is told to wait, and whoever shares the address with them is served. */
const limited: Row = [
  "guesses 40 tokens over HTTP, and comes with a good one",
  async ({ guarded: { hub }, tokens: { victim } }) => {
    const ask = async (token: string) => {
      const own = [`Host: ${new URL(hub.url).host}`, `Authorization: Bearer ${token}`];
      return (await rawHttp(hub, request("GET", "/v1/history", own))).slice(9, 12);
    };
    const came: string[] = [];
    for (let at = 0; at < 40; at++) came.push(await ask(`hermod_${at}`));
    return `${came.at(-1)} then ${await ask(victim)}`;
  },
];

const limitedThere: Row = [
  "guesses 200 tokens over the socket, and comes with a good one",
  async ({ guarded: { hub }, tokens: { stranger } }) => {
    let last = "";
    for (let at = 0; at < 200; at++) last = await greeted(hub, { hello: 1, token: `hermod_${at}` });
    using good = await Raw.hello(hub.url, { token: stranger });
    return `${last} then ${"session" in good.welcome ? "let in" : told(good.welcome)}`;
  },
];

export const identity = (ground: Ground): readonly Probe[] => [
  ...probes(1, REFUSED, [...hellos, ...elsewhere, ...before]),
  ...httpRoutes(ground),
  ...probes(6, FORBIDDEN, [...spoofs, asHub("speaks as the hub", {}), asHub("notices of the hub", info)]),
  ...probes(6, REFUSED, hidden),
  ...probes(7, FORBIDDEN, [...onBehalf, ...together]),
  ...probes(8, FORBIDDEN, taken),
  ...probes(8, NOTHING, [...reads, ...sees]),
  ...probes(9, FORBIDDEN, tenants),
  ...probes(9, new RegExp(`^(?!.*(${CANARY}|blue\\.|theirs))`, "su"), tenantReads),
  ...probes(10, FORBIDDEN, [...names, ownSystem]),
  ...probes(11, /^(\{"status":"stale"\}|false)$/, [...replays, ...holdings]),
  ...probes(11, /^a new one$/, stolen),
  ...probes(12, FORBIDDEN, capabilities),
  ...probes(12, /^HERMOD_UNAUTHORIZED$/, live),
  ...probes(31, /^the same$/, brute),
  ...probes(31, /^HERMOD_RATE_LIMITED then let in$/, [limitedThere]),
  ...probes(31, /^429 then 200$/, [limited]),
];
