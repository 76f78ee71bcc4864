/** Commands: words for the command line that mean something to a shell, a parser or a terminal, and must be data. Groups 21 and 30. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { agent, HermodError, start, type ErrorCode, type System } from "hermod";
import { remote } from "hermod/remote";
import { readTokens } from "../../../packages/hub/src/auth/tokenfile.ts";
import type { Given, Run } from "../../../packages/hub/src/cli/command.ts";
import * as approvals from "../../../packages/hub/src/cli/commands/approvals.ts";
import * as conversations from "../../../packages/hub/src/cli/commands/conversations.ts";
import * as messages from "../../../packages/hub/src/cli/commands/messages.ts";
import { emptyFolder, judged, MADE, run, type RunOptions } from "../command.ts";
import type { Ground } from "../ground.ts";
import { probes, type Probe, type Row } from "../probe.ts";

/** Text that a shell would carry out. */
const shells = [
  ...[`$(touch ${MADE})`, `\`touch ${MADE}\``, `; touch ${MADE}`, `| touch ${MADE}`, `&& touch ${MADE} &`],
  ...[
    `x\ntouch ${MADE}\n`,
    `> ${MADE}`,
    `'; touch ${MADE}; '`,
    `"; touch ${MADE}; "`,
    `\\"; touch ${MADE} #`,
  ],
  ...[`\${IFS}; touch\${IFS}${MADE}`, `$'\\n'touch ${MADE}`],
];
/** Text that steers a terminal. */
const STEERING = "\u001b[2J\u001b]0;title\u0007\u009b31m\u202Eback\u2066\u200b\rover\u0008";

/** Agents that say what they are told to say, and fail as they are told to fail. */
const speakers = [
  agent("parrot", {
    retry: { retries: 0 },
    on: {
      request: (said) => {
        if (said === "code") throw new HermodError(STEERING as ErrorCode, STEERING, { hint: STEERING });
        if (said === "fail") throw new Error(STEERING, { cause: new Error(STEERING) });
        return said;
      },
      notification: () => {
        throw new Error(STEERING);
      },
    },
  }),
  agent("clerk", {
    on: { task: (question, ctx) => ctx.ask("ana", String(question), { options: [String(question), "no"] }) },
  }),
];

/** With those agents behind the hub. */
async function spoken<T>({ open }: Ground, work: (system: System) => Promise<T>): Promise<T> {
  await using system = await start({ agents: speakers, store: remote(open.url) });
  return await work(system);
}

const row = (did: string, words: readonly string[], options?: RunOptions): Row => [
  did,
  async (ground) => judged(await run(ground, words, options)),
];
const shown = (text: string): string => JSON.stringify(text).slice(0, 60);

/** Each text wherever a word may stand. */
const inShells: readonly Row[] = shells.flatMap((text) => [
  row(`calls the agent ${shown(text)}`, [
    "call",
    text,
    text,
    JSON.stringify(text),
    "--key",
    text,
    "--trace",
    text,
  ]),
  row(`looks for the message ${shown(text)}`, ["messages", "show", text]),
]);
const elsewhere: readonly Row[] = [
  ...[
    "agents show",
    "mailbox peek",
    "tasks show",
    "dlq show",
    "conversations show",
    "approvals withdraw",
  ].map((name) => row(`${name} ${shown(shells[0]!)}`, [...name.split(" "), shells[0]!])),
  row("a filter for a shell", ["messages", "ls", "--where", shells[0]!]),
  row("a topic for a shell", ["publish", shells[1]!, "1"]),
  row("a program for a shell", ["dev", shells[0]!]),
  row("a program that is an option", ["dev", "--", `--eval=require("fs").writeFileSync("${MADE}","")`]),
  row("a program that is none", ["dev", `data:text/javascript,require("fs").writeFileSync("${MADE}","")`]),
  row("a store for a shell", ["compact", "--store", shells[2]!]),
  row("a copy by a URI", ["backup", "file:x?mode=memory"]),
  row("a payload of a file for a shell", ["call", "parrot", "say", `@${shells[0]!}`]),
  row("a payload of a directory", ["call", "parrot", "say", "@/"]),
  row("a payload without an end", ["call", "parrot", "say", "@/dev/zero"]),
  row("a setting of a prototype", ["config", "explain", "__proto__"]),
  row("a command of a prototype", ["constructor"]),
  row("a command below one of a prototype", ["agents", "__proto__"]),
  row("an option of a prototype", ["agents", "ls", "--__proto__", "x"]),
  row("a hub of a file", ["agents", "ls", "--url", "file:///etc/passwd"]),
  row("a hub of a script", ["agents", "ls"], { env: { HERMOD_URL: "javascript:alert(1)" } }),
  row("a token of two lines", ["agents", "ls"], { env: { HERMOD_TOKEN: "a\r\nHost: evil" } }),
];

/** What is asked comes back as it was said. */
const returned = (text: string): Row => [
  `has ${shown(text)} said back`,
  (ground) =>
    spoken(ground, async () => {
      const ran = await run(ground, ["call", "parrot", "say", JSON.stringify(text)]);
      if (judged(ran) !== "harmless") return judged(ran);
      return JSON.parse(ran.out) === text ? "harmless" : `came as ${ran.out}`;
    }),
];

const dashes = [
  "-x",
  "--json",
  "--help",
  "-h",
  "--",
  "-",
  "--yes",
  "--no-color",
  "--hold",
  "--url=http://127.0.0.1:1",
  "--token=x",
];
/** Names that are more than one, where a filter is made of them. */
const filters = ["*", "0*", "x to:parrot", 'x" to:"parrot', 'x" -id:"y', "", "parrot"];
/** What stands behind `--` is a name, whatever it looks like; and so is what an option is given. */
const asName = (word: string): Row => [
  `looks behind -- for the message ${word}`,
  async (ground) => {
    const ran = await run(ground, ["messages", "show", "--", word]);
    if (ran.out !== "" || ran.code !== 3) return `ended with ${ran.code}: ${ran.out}${ran.err}`;
    return ran.err.startsWith(`HERMOD_NOT_FOUND  no message ${JSON.stringify(word)} `)
      ? judged(ran)
      : ran.err;
  },
];
let keys = 0;
const asValue = (word: string): Row => [
  `sends with the operation and the conversation ${word}`,
  async (ground) => {
    const name = `unread${++keys}`;
    const options = ["--conversation", word, "--url", ground.open.url, "--hold"];
    const ran = await run(ground, ["cast", ...options, "--", name, word, "1"]);
    if (judged(ran) !== "harmless" || ran.code !== 0) return `ended with ${ran.code}: ${ran.err}`;
    const { items } = await ground.open.system.history({ agent: name });
    const isSame =
      items.length === 1 &&
      items[0]?.envelope.conversationId === word &&
      items[0]?.envelope.operation === word;
    return isSame && ran.out === `${items[0]?.envelope.id}\n` ? "harmless" : JSON.stringify([ran.out, items]);
  },
];
const behindDashes: readonly Row[] = [...[...dashes, ...filters].map(asName), ...dashes.map(asValue)];

/** What comes in is read as text of JSON, or refused. */
const every = Uint8Array.from({ length: 256 }, (_, at) => at);
const comesIn = (did: string, input: string | Uint8Array): Row => [
  `says ${did} from outside`,
  async (ground) => {
    const ran = await run(ground, ["call", "nobody", "say", "-"], { input });
    if (ran.code !== 2) return `ended with ${ran.code}: ${ran.err}`;
    return judged(ran);
  },
];
const outside: readonly Row[] = [
  comesIn("every byte", every),
  comesIn("NUL", "\0"),
  comesIn("a text that is no UTF-8", new Uint8Array([0x22, 0xc3, 0x28, 0x22])),
  comesIn("a surrogate alone, as bytes", new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22])),
  comesIn("a text of UTF-16", Buffer.from('"a"', "utf16le")),
  comesIn("a program", new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0])),
  comesIn("what is packed", new Uint8Array([0x1f, 0x8b, 8, 0, 0, 0, 0, 0])),
  comesIn("nothing", ""),
  comesIn("half of it", '{"a":'),
  comesIn("two of them", "1 2"),
  comesIn("what steers a terminal", STEERING),
  comesIn("100,000 levels", "[".repeat(100_000) + "]".repeat(100_000)),
  comesIn("too much", "9".repeat(17 * 2 ** 20)),
];

/** Resolves when there is a dead letter. */
async function died(system: System): Promise<void> {
  const ended = Promise.withResolvers<void>();
  system.reports(({ type }) => void (type === "delivery.settled" && ended.resolve()));
  await system.cast("parrot", "x", 1);
  await ended.promise;
}

/** What must not mean more than it says. */
const narrow = (did: string, words: readonly string[]): Row => [
  did,
  async (ground) => {
    const { system } = ground.open;
    const name = `kept${++keys}`;
    await system.cast(name, "x", 1, { hold: true });
    const dead = async () => (await system.deadLetters.list({ limit: 1000 })).items.length;
    if ((await dead()) === 0) await spoken(ground, (own) => died(own));
    const before = await dead();
    const ran = await run(ground, words);
    const waits = (await system.history({ agent: name })).items[0]?.state;
    if (before === 0 || ran.code === 0 || (await dead()) !== before || waits !== "waiting")
      return `ended with ${ran.code}: ${ran.out}`;
    return judged(ran);
  },
];
const narrowly: readonly Row[] = [
  ...["", "*", "%", ">", "' OR 1=1 --"].flatMap((text) => [
    narrow(`drops the dead letter ${shown(text)}`, ["dlq", "drop", "--yes", "--", text]),
    narrow(`purges the mailbox ${shown(text)}`, ["mailbox", "purge", "--yes", "--", text]),
  ]),
  narrow("drops dead letters without a word", ["dlq", "drop", "--yes"]),
];

/** Tokens are made and revoked by the name that was typed. */
const revoking = (which: string): Row => [
  `revokes the tokens of ${shown(which)}`,
  async (ground) => {
    const folder = emptyFolder(ground);
    await run(ground, ["token", "create", "ana", "--all"], { folder });
    const ran = await run(ground, ["token", "revoke", "--", which], { folder });
    const left = readTokens(join(folder, "tokens.json")).filter(
      ({ revoked }) => revoked === undefined,
    ).length;
    return left === 1 && ran.code !== 0 ? judged(ran) : `${left} are left: ${ran.out}`;
  },
];
const configured = (did: string, text: string): Row => [
  `is set by ${did}`,
  async (ground) => {
    const folder = emptyFolder(ground);
    writeFileSync(join(folder, "hermod.config.json"), text);
    const ran = await run(ground, ["config", "explain", "--json"], { folder });
    return ran.out.includes("evil") ? `taken: ${ran.out}` : judged(ran);
  },
];
/** A copy is in the file of that name, and in no other. */
const copied = (name: string): Row => [
  `copies the store to ${shown(name)}`,
  async (ground) => {
    const folder = emptyFolder(ground);
    const env = { HERMOD_STORE: join(ground.folder, "hub.db") };
    const ran = await run(ground, ["backup", "--", name], { folder, env });
    if (ran.code !== 0 || readdirSync(folder).join() !== name)
      return `${readdirSync(folder).join()}: ${ran.err}`;
    return judged(ran);
  },
];
const files: readonly Row[] = [
  ...["*", "", "an", "ana ", "__proto__", "--all"].map(revoking),
  configured("a prototype", '{"__proto__":{"url":"http://evil.example"}}'),
  configured("another file", '{"extends":"./evil.json","url":"http://localhost:1"}'),
  configured(
    "an environment of its own",
    '{"$development":{"url":"http://evil.example"},"$production":{"url":"http://evil.example"}}',
  ),
  configured("what is no JSON", "\0\u0001{evil"),
  ...["--replace", "-x", shells[0]!, "x'; DROP TABLE messages; --"].map(copied),
];

/** What a command proposes to type next, typed into a shell. */
const proposed = (
  did: string,
  text: string,
  command: Run,
  prepare: (system: System) => Promise<readonly string[]>,
): Row => [
  `types what is proposed after ${did} ${shown(text)}`,
  (ground) =>
    spoken(ground, async (system) => {
      const args = await prepare(system);
      const { signal } = new AbortController();
      const settings = async () => ({ url: ground.open.url, token: undefined });
      const given = { args, options: {}, isJson: false, io: { signal }, settings } as unknown as Given;
      const { suggest } = (await command(given)) ?? {};
      if (suggest === undefined) return "nothing proposed";
      const cwd = emptyFolder(ground);
      const script = `hermod() { for each in "$@"; do printf '%s\\0' "$each"; done; }\n${suggest}\n`;
      const words = execFileSync("/bin/sh", ["-c", script], { cwd, encoding: "utf8" }).split("\0");
      if (existsSync(join(cwd, MADE))) return `carried out: ${suggest}`;
      return words.includes(text) ? "harmless" : `was ${suggest}`;
    }),
];
const typed: readonly Row[] = shells
  .filter((text) => !text.includes("\n"))
  .flatMap((text) => [
    proposed("the question", text, approvals.ls, async (system) => {
      for (const { id } of await system.people.list()) await system.people.withdraw(id);
      await system.task("clerk", "x", text);
      while ((await system.people.list()).length === 0) await new Promise((go) => setTimeout(go, 5));
      return [];
    }),
    proposed("the conversation", text, messages.show, async (system) => [
      (await system.cast("parrot", "x", 1, { conversation: text })).id,
    ]),
    proposed("the newest conversation", text, conversations.ls, async (system) => {
      await system.cast("parrot", "x", 1, { conversation: text });
      return [];
    }),
  ]);

/** What others said, shown by each command. */
const seen = (did: string, wordsOf: (id: string) => readonly string[]): Row => [
  `${did} what steers a terminal`,
  (ground) =>
    spoken(ground, async (system) => {
      const told = Promise.withResolvers<void>();
      system.reports(({ type }) => void (type === "delivery.settled" && told.resolve()));
      const metadata = { note: STEERING, "=1+1": STEERING };
      const said = { said: STEERING, [STEERING]: "<script>alert(1)</script>", "=cmd|' /C calc'!A0": 1 };
      const { id } = await system.cast("parrot", "x", said, { metadata });
      await told.promise;
      const ran = await run(ground, wordsOf(id));
      return ran.out === "" && ran.err === "" ? "nothing shown" : judged(ran);
    }),
];
const screens: readonly Row[] = [
  seen("shows", (id) => ["messages", "show", id]),
  seen("shows as JSON", (id) => ["messages", "show", id, "--json"]),
  seen("lists", () => ["messages", "ls"]),
  seen("exports", () => ["messages", "export"]),
  seen("draws", (id) => ["conversations", "show", id]),
  seen("draws in time", (id) => ["conversations", "show", id, "--as", "timeline"]),
  seen("draws for Mermaid", (id) => ["conversations", "show", id, "--as", "mermaid"]),
  seen("lists conversations of", () => ["conversations", "ls"]),
  seen("tails", () => ["tail"]),
  seen("lists dead letters of", () => ["dlq", "ls"]),
  seen("shows a dead letter of", (id) => ["dlq", "show", id]),
  seen("groups dead letters of", () => ["dlq", "groups"]),
  seen("exports dead letters of", () => ["dlq", "export"]),
  seen("gets as an answer", () => ["call", "parrot", "say", JSON.stringify(STEERING)]),
  seen("gets as an error", () => ["call", "parrot", "say", '"fail"']),
  seen("gets as the code of an error", () => ["call", "parrot", "say", '"code"']),
  seen("gets as an error in JSON", () => ["call", "parrot", "say", '"code"', "--json"]),
  seen("types", () => ["messages", "show", STEERING]),
];

export const commands: readonly Probe[] = [
  ...probes(30, /^harmless$/, [...inShells, ...elsewhere, ...shells.map(returned), ...behindDashes]),
  ...probes(30, /^harmless$/, [...outside, ...narrowly, ...files, ...typed]),
  ...probes(21, /^harmless$/, screens),
];
