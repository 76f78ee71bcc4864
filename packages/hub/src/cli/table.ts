/** Table: all commands, as data: what is typed, what it is for, and where it is done. The program, its help and the page are made from it. */
import type { Run } from "./command.ts";
import * as fields from "./fields.ts";

/** One command. */
export interface CommandSpec {
  /** What is typed: "dlq redrive". */
  readonly name: string;
  /** "<must>" and "[may]", in their order. */
  readonly args?: string;
  readonly about: string;
  readonly options?: readonly (readonly [flags: string, about: string])[];
  /** What the answer, or each item of it, may hold: what can be chosen by `--fields`, and the columns of CSV. */
  readonly fields?: readonly string[];
  /** Tells how far it is: has `--progress`. */
  readonly isLong?: boolean;
  /** Needs no hub: no `--url` and no `--token`. */
  readonly isLocal?: boolean;
  readonly load: () => Promise<Run>;
}

const where = [
  "--where <filter>",
  'only those that match: from:writer to:critic state:failed age:<1h "words"',
] as const;
const limit = (what: string) => ["--limit <n>", what] as const;
const after = ["--after <cursor>", "the page after this one"] as const;
const system = ["--system", "also what systems say to one another: how they are, who is paused"] as const;
const yes = ["--yes", "do not ask"] as const;
const store = ["--store <file>", "file of the messages"] as const;
const storeOfHub = ["--store <file>", "file of the messages; default that of the hub that runs"] as const;
const ofHub = [
  ["--url <url>", "address of the hub whose store is meant"],
  ["--token <token>", "what the hub knows you by; better in HERMOD_TOKEN"],
  ["--context <name>", "the hub of this name; hermod context ls lists them"],
] as const;
const tokens = ["--tokens <file>", "file of those who may speak to the hub"] as const;
const names = [
  "--names <list>",
  "names that it is asked under, besides its address: a.example,b.example",
] as const;
const send = [
  ["--key <key>", "idempotency key: a repeat has no second effect"],
  ["--priority <name>", "low, normal, high or urgent"],
  ["--conversation <id>", "conversation that it belongs to"],
  ["--trace <traceparent>", "W3C trace context"],
] as const;
const later = [
  ["--delay <duration>", "not before this time has passed: 30s, 5m, 2h"],
  ["--hold", "keep it for an agent that is not there yet"],
] as const;

/** The commands, in the order in which help shows them. */
export const commands: readonly CommandSpec[] = [
  {
    name: "dev",
    args: "[entry]",
    about: "a hub and your program beside it, started anew when a file changes",
    isLocal: true,
    options: [["--port <n>", "port; the next free one where it is taken"], store],
    load: async () => (await import("./commands/dev.ts")).dev,
  },
  {
    name: "hub",
    about: "a hub alone; its log is JSON on stderr",
    isLocal: true,
    options: [
      ["--port <n>", "port; 0 for a free one"],
      ["--host <address>", "address to listen at"],
      names,
      store,
      tokens,
      ["--log-level <level>", "debug, info, warn, error or silent"],
    ],
    load: async () => (await import("./commands/hub.ts")).hub,
  },
  {
    name: "call",
    args: "<agent> <operation> [payload]",
    about: "ask an agent and print its reply; payload: JSON, @file or -",
    options: [["--timeout <duration>", "longest wait; default 30s"], ...send],
    fields: ["reply", "conversation", "ms"],
    load: async () => (await import("./commands/call.ts")).call,
  },
  {
    name: "cast",
    args: "<agent> <operation> [payload]",
    about: "send a message one way",
    options: [...send, ...later],
    fields: fields.envelope,
    load: async () => (await import("./commands/cast.ts")).cast,
  },
  {
    name: "publish",
    args: "<topic> [payload]",
    about: "publish to a topic: every subscriber gets a copy",
    options: [...send, ["--delay <duration>", "not before this time has passed"]],
    fields: fields.envelope,
    load: async () => (await import("./commands/publish.ts")).publish,
  },
  {
    name: "tail",
    args: "[where]",
    about: "the newest messages, and with --follow those to come",
    options: [
      ["--since <duration>", "how far back; default 10m"],
      ["-f, --follow", "go on until Ctrl-C"],
      limit("most lines of what was; default 20"),
      system,
    ],
    fields: fields.record,
    load: async () => (await import("./commands/tail.ts")).tail,
  },
  {
    name: "messages ls",
    about: "history, oldest first",
    options: [
      where,
      ["--conversation <id>", "of one conversation"],
      ["--agent <name>", "that one agent sent or got"],
      ["--since <duration>", "not older than this"],
      limit("most of one page; default 100"),
      after,
    ],
    fields: fields.record,
    load: async () => (await import("./commands/messages.ts")).ls,
  },
  {
    name: "messages show",
    args: "<id>",
    about: "all that is known of one message",
    fields: fields.record,
    load: async () => (await import("./commands/messages.ts")).show,
  },
  {
    name: "messages export",
    about: "history as one JSON document a line",
    options: [
      where,
      ["--conversation <id>", "of one conversation"],
      ["--agent <name>", "that one agent sent or got"],
    ],
    fields: fields.record,
    isLong: true,
    load: async () => (await import("./commands/messages.ts")).exportAll,
  },
  {
    name: "messages resend",
    args: "<id>",
    about: "send the same again, as a new message",
    options: [["--payload <json>", "says this instead: JSON, @file or -"]],
    fields: [...fields.envelope, "reply", "conversation"],
    load: async () => (await import("./commands/messages.ts")).resend,
  },
  {
    name: "conversations ls",
    about: "conversations, the latest first",
    options: [
      where,
      ["--since <duration>", "not older than this; default 1d"],
      limit("most of them; default 50"),
      system,
    ],
    fields: fields.conversation,
    load: async () => (await import("./commands/conversations.ts")).ls,
  },
  {
    name: "conversations show",
    args: "<id>",
    about: "one conversation, drawn",
    options: [["--as <form>", "sequence (default), timeline, mermaid or json"]],
    fields: fields.record,
    load: async () => (await import("./commands/conversations.ts")).show,
  },
  {
    name: "agents ls",
    about: "who is there, who served it, and what waits",
    fields: ["name", "state", "systems", "paused", ...fields.counts],
    load: async () => (await import("./commands/agents.ts")).ls,
  },
  {
    name: "agents show",
    args: "<name>",
    about: "one agent: its mailbox, its topics, its last messages",
    fields: ["name", "state", "systems", "paused", ...fields.counts, "topics", "messages"],
    load: async () => (await import("./commands/agents.ts")).show,
  },
  {
    name: "agents pause",
    args: "<name>",
    about: "let what comes for it wait; what runs goes on",
    fields: fields.overseen,
    load: async () => (await import("./commands/overseeing.ts")).pause,
  },
  {
    name: "agents resume",
    args: "<name>",
    about: "let it take messages again",
    fields: fields.overseen,
    load: async () => (await import("./commands/overseeing.ts")).resume,
  },
  {
    name: "agents drain",
    args: "<name>",
    about: "pause it, and wait until nothing of it runs",
    options: [["--timeout <duration>", "longest wait; default as long as it takes"]],
    fields: fields.overseen,
    load: async () => (await import("./commands/overseeing.ts")).drain,
  },
  {
    name: "agents restart",
    args: "<name>",
    about: "start it again, as after a crash",
    fields: fields.overseen,
    load: async () => (await import("./commands/overseeing.ts")).restart,
  },
  {
    name: "mailbox ls",
    about: "mailboxes and their depths",
    fields: fields.counts,
    load: async () => (await import("./commands/mailbox.ts")).ls,
  },
  {
    name: "mailbox peek",
    args: "<name>",
    about: "what waits there; nothing is taken",
    options: [where, limit("most of them; default 20"), after],
    fields: fields.envelope,
    load: async () => (await import("./commands/mailbox.ts")).peek,
  },
  {
    name: "mailbox purge",
    args: "<name>",
    about: "make dead letters of what waits there",
    options: [where, yes],
    fields: ["mailbox", "purged"],
    isLong: true,
    load: async () => (await import("./commands/mailbox.ts")).purge,
  },
  {
    name: "dlq groups",
    about: "dead letters by cause",
    options: [where],
    fields: fields.group,
    load: async () => (await import("./commands/dlq.ts")).groups,
  },
  {
    name: "dlq ls",
    about: "dead letters, oldest first",
    options: [where, limit("most of one page; default 100"), after],
    fields: fields.letter,
    load: async () => (await import("./commands/dlq.ts")).ls,
  },
  {
    name: "dlq show",
    args: "<id>",
    about: "one dead letter with its attempts",
    fields: fields.letter,
    load: async () => (await import("./commands/dlq.ts")).show,
  },
  {
    name: "dlq redrive",
    args: "[id]",
    about: "give dead letters back to their mailboxes",
    options: [
      where,
      ["--all", "all of them"],
      ["--dry-run", "only count"],
      ["--rate <n>", "letters a second; default 100"],
      limit("most of them"),
      ["--force", "also what has died three times"],
    ],
    fields: ["matched", "redriven", "skipped", "dryRun"],
    isLong: true,
    load: async () => (await import("./commands/dlq.ts")).redrive,
  },
  {
    name: "dlq drop",
    args: "[id]",
    about: "forget dead letters for good",
    options: [where, ["--all", "all of them"], ["--dry-run", "only count"], limit("most of them"), yes],
    fields: ["matched", "dropped", "dryRun"],
    isLong: true,
    load: async () => (await import("./commands/dlq.ts")).drop,
  },
  {
    name: "dlq export",
    about: "dead letters as one JSON document a line",
    options: [where],
    fields: fields.letter,
    isLong: true,
    load: async () => (await import("./commands/dlq.ts")).exportAll,
  },
  {
    name: "breaker ls",
    about: "the circuit breakers that the hub knows of",
    fields: fields.breaker,
    load: async () => (await import("./commands/breaker.ts")).ls,
  },
  {
    name: "breaker open",
    args: "<agent>",
    about: "keep all work from an agent",
    fields: fields.breaker,
    load: async () => (await import("./commands/breaker.ts")).open,
  },
  {
    name: "breaker close",
    args: "<agent>",
    about: "let everything through to it",
    fields: fields.breaker,
    load: async () => (await import("./commands/breaker.ts")).close,
  },
  {
    name: "breaker reset",
    args: "<agent>",
    about: "let its breaker decide again",
    fields: fields.breaker,
    load: async () => (await import("./commands/breaker.ts")).reset,
  },
  {
    name: "tree",
    about: "supervisors and what they watch over",
    fields: ["system", "client", "answers", "tree"],
    load: async () => (await import("./commands/tree.ts")).tree,
  },
  {
    name: "top",
    about: "who has how much to do, drawn anew each second; one look where there is no terminal",
    options: [["--every <duration>", "between two looks; default 1s"]],
    fields: ["name", "perSecond", ...fields.counts],
    load: async () => (await import("./commands/top.ts")).top,
  },
  {
    name: "tasks ls",
    about: "tasks, oldest first",
    options: [
      where,
      ["--since <duration>", "not older than this; default 1d"],
      limit("most of one page; default 100"),
      after,
    ],
    fields: fields.record,
    load: async () => (await import("./commands/tasks.ts")).ls,
  },
  {
    name: "tasks show",
    args: "<id>",
    about: "where a task stands",
    fields: fields.task,
    load: async () => (await import("./commands/tasks.ts")).show,
  },
  {
    name: "tasks cancel",
    args: "<id>",
    about: "want a task to end",
    options: [["--reason <text>", "why"]],
    fields: ["id", "outcome"],
    load: async () => (await import("./commands/tasks.ts")).cancel,
  },
  {
    name: "tasks follow",
    args: "<id>",
    about: "its parts as they come, and its result",
    options: [["--after <number>", "only the parts after this one"]],
    fields: ["part", "result"],
    load: async () => (await import("./commands/tasks.ts")).follow,
  },
  {
    name: "approvals ls",
    about: "questions of agents that wait for people",
    options: [["--person <name>", "of one person"]],
    fields: fields.question,
    load: async () => (await import("./commands/approvals.ts")).ls,
  },
  {
    name: "approvals answer",
    args: "<id> <answer>",
    about: "answer a question in the name of its person",
    options: [["--value", "the answer is JSON, @file or -"]],
    fields: ["id", "answer"],
    load: async () => (await import("./commands/approvals.ts")).answer,
  },
  {
    name: "approvals withdraw",
    args: "<id>",
    about: "take a question back",
    options: [["--reason <text>", "why"]],
    fields: ["id", "withdrawn"],
    load: async () => (await import("./commands/approvals.ts")).withdraw,
  },
  {
    name: "bench",
    about: "load on a hub of its own, or on that of --url",
    options: [
      ["--agents <n>", "agents that answer; default 4"],
      ["--rate <n>", "sends a second; default as many as go"],
      ["--size <bytes>", "characters of each payload; default 200"],
      ["--duration <duration>", "of each half; default 3s"],
    ],
    fields: ["agents", "size", "casts", "calls", "storeBytes"],
    isLong: true,
    load: async () => (await import("./commands/bench.ts")).bench,
  },
  {
    name: "doctor",
    about: "looks whether all is well, and says what to do",
    options: [storeOfHub, ["--model", "also asks the model of LLM_MODEL one word"]],
    fields: ["check", "ok", "text", "fix"],
    load: async () => (await import("./commands/doctor.ts")).doctor,
  },
  {
    name: "backup",
    args: "<to>",
    about: "a verified copy of the store, while its hub works",
    isLocal: true,
    options: [storeOfHub, ["--replace", "over a file that stands there"], ...ofHub],
    fields: ["file", "bytes", "store"],
    isLong: true,
    load: async () => (await import("./commands/backup.ts")).backup,
  },
  {
    name: "restore",
    args: "<from>",
    about: "a backup takes the place of the store; what was there is kept beside it",
    isLocal: true,
    options: [storeOfHub, yes, ...ofHub],
    fields: ["file", "messages", "waiting", "dead", "kept"],
    isLong: true,
    load: async () => (await import("./commands/restore.ts")).restore,
  },
  {
    name: "compact",
    about: "gives the space of forgotten messages back",
    isLocal: true,
    options: [storeOfHub, ...ofHub],
    fields: ["file", "before", "after"],
    isLong: true,
    load: async () => (await import("./commands/compact.ts")).compact,
  },
  {
    name: "token create",
    args: "<name>",
    about: "a token for somebody; it is shown this once",
    isLocal: true,
    options: [
      ["--scope <list>", "what it allows: send:writer,read:team.*,serve:critic"],
      ["--all", "it allows everything"],
      ["--kind <kind>", "system (default), person or agent"],
      ["--tenant <name>", "whose names alone it may use"],
      ["--expires <duration>", "it is good so long: 12h, 30d"],
      tokens,
      store,
    ],
    fields: [...fields.token, "token", "file"],
    load: async () => (await import("./commands/token.ts")).create,
  },
  {
    name: "token ls",
    about: "the tokens of a hub, without their secrets",
    isLocal: true,
    options: [tokens, store],
    fields: fields.token,
    load: async () => (await import("./commands/token.ts")).ls,
  },
  {
    name: "token revoke",
    args: "<which>",
    about: "ends the tokens of a name, or the one of an id, at once",
    isLocal: true,
    options: [tokens, store],
    fields: ["which", "revoked"],
    load: async () => (await import("./commands/token.ts")).revoke,
  },
  {
    name: "context ls",
    about: "hubs that have a name, and which is in use",
    isLocal: true,
    fields: ["name", "current", "url", "tokenFile"],
    load: async () => (await import("./commands/context.ts")).ls,
  },
  {
    name: "context set",
    args: "<name>",
    about: "give a hub a name, or change what is known of it",
    isLocal: true,
    options: [
      ["--url <url>", "its address"],
      ["--token-file <file>", "file that holds the token alone, mode 600"],
    ],
    fields: ["name", "current", "url", "tokenFile"],
    load: async () => (await import("./commands/context.ts")).set,
  },
  {
    name: "context use",
    args: "<name>",
    about: "speak to this hub where none is named",
    isLocal: true,
    fields: ["name", "current", "url", "tokenFile"],
    load: async () => (await import("./commands/context.ts")).use,
  },
  {
    name: "context rm",
    args: "<name>",
    about: "forget a name; its token's file stays",
    isLocal: true,
    fields: ["name", "current", "url", "tokenFile"],
    load: async () => (await import("./commands/context.ts")).remove,
  },
  {
    name: "completion",
    args: "<shell>",
    about: "a script that completes what is typed: bash, zsh or fish",
    isLocal: true,
    fields: ["shell", "script"],
    load: async () => (await import("./commands/completion.ts")).completion,
  },
  {
    name: "config explain",
    args: "[key]",
    about: "each setting with its value and where it comes from",
    options: [
      ["--port <n>", "as a hub would get it"],
      ["--host <address>", "as a hub would get it"],
      names,
      store,
      tokens,
    ],
    fields: ["key", "value", "source", "from", "env", "about"],
    load: async () => (await import("./commands/config.ts")).explain,
  },
];
