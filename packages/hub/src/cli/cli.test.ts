/** The command line against a live hub: each command for people and for programs, its exit codes, and what it makes of rubbish. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { get, type IncomingMessage } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { agent, memory, start } from "hermod";
import { remote } from "hermod/remote";
import { openAuth } from "../auth/principal.ts";
import { Hub } from "../hub.ts";
import {
  begin,
  documentOf,
  errorOf,
  hermod,
  linesOf,
  openWorld,
  type Ran,
  type World,
} from "./cli.test.kit.ts";
import { commands } from "./table.ts";

let world: World;
before(async () => {
  world = await openWorld();
  await prepare(world);
});
after(() => world[Symbol.asyncDispose]());

/** What the commands have to show: set before they run. */
const known = { call: "", task: "", long: "", dead: "" };

async function prepare({ system }: World): Promise<void> {
  await system.call("echo", "say", { text: "the \u001b[2Jsea" }, { conversation: "tides" });
  await system.call("fails", "break", 1, { conversation: "broken" }).catch(() => undefined);
  const [asked] = await system.conversation("tides");
  known.call = asked?.envelope.id ?? "";
  const task = await system.task("echo", "count", 3);
  await task.result();
  known.task = task.id;
  known.long = (await system.task("clerk", "send", 1)).id;
  const { id } = await system.cast("fails", "note", "lost");
  known.dead = await until(async () => (await system.deadLetters.list({ where: `id:${id}` })).items[0]?.id);
  await until(async () => (await system.people.list())[0]);
}

/** Asks until there is an answer. */
async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await ask();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** How each command is typed here, and whether it streams; the others have tests of their own. */
const typed: Readonly<Record<string, { readonly args: () => readonly string[]; readonly streams?: true }>> = {
  call: { args: () => ["echo", "say", '{"a":1}'] },
  cast: { args: () => ["echo", "note", '"hi"'] },
  publish: { args: () => ["tide.high", "{}"] },
  tail: { args: () => ["to:echo"], streams: true },
  "messages ls": { args: () => ["--where", "to:echo"] },
  "messages show": { args: () => [known.call] },
  "messages export": { args: () => ["--agent", "echo"], streams: true },
  "messages resend": { args: () => [known.call] },
  "conversations ls": { args: () => [] },
  "conversations show": { args: () => ["tides"] },
  "agents ls": { args: () => [] },
  "agents show": { args: () => ["echo"] },
  "agents pause": { args: () => ["harbour"] },
  "agents drain": { args: () => ["harbour"] },
  "agents resume": { args: () => ["harbour"] },
  "agents restart": { args: () => ["harbour"] },
  "mailbox ls": { args: () => [] },
  "mailbox peek": { args: () => ["slow"] },
  "mailbox purge": { args: () => ["harbour", "--yes"] },
  "dlq groups": { args: () => [] },
  "dlq ls": { args: () => [] },
  "dlq show": { args: () => [known.dead] },
  "dlq redrive": { args: () => ["--where", "to:fails", "--dry-run"] },
  "dlq drop": { args: () => ["--where", "to:fails", "--dry-run"] },
  "dlq export": { args: () => [], streams: true },
  top: { args: () => ["--every", "100ms"] },
  "tasks ls": { args: () => [] },
  "tasks show": { args: () => [known.task] },
  "tasks follow": { args: () => [known.task], streams: true },
  "approvals ls": { args: () => [] },
  bench: { args: () => ["--duration", "100ms", "--agents", "2"] },
  doctor: { args: () => ["--store", world.store] },
  "config explain": { args: () => ["store"] },
};
/** All fields of an answer or of its items, those of the envelope among them. */
function keysOf(data: unknown): ReadonlySet<string> {
  const items = (Array.isArray(data) ? data : [data]) as readonly { readonly envelope?: object }[];
  return new Set(items.flatMap((item) => [...Object.keys(item), ...Object.keys(item.envelope ?? {})]));
}

const elsewhere = [
  ...[
    "dev",
    "hub",
    "backup",
    "restore",
    "compact",
    "breaker ls",
    "breaker open",
    "breaker close",
    "breaker reset",
    "tree",
  ],
  ...["tasks cancel", "approvals answer", "approvals withdraw"],
  ...["token create", "token ls", "token revoke"],
  ...["context ls", "context set", "context use", "context rm", "completion"],
];

describe("each command", { concurrency: 2 }, () => {
  test("is typed here or has a test of its own", () =>
    assert.deepEqual(commands.map(({ name }) => name).sort(), [...Object.keys(typed), ...elsewhere].sort()));
  for (const [name, { args, streams }] of Object.entries(typed)) {
    const words = name.split(" ");
    test(`${name}: for people`, async () => {
      const { code, out, err } = await world.run([...words, ...args()]);
      assert.equal(code, 0, err);
      assert.match(out, /\S/u);
      assert.doesNotMatch(out + err, /[\u001b\u202e]/u);
    });
    test(`${name}: for programs`, async () => {
      const ran = await world.run([...words, ...args(), "--json"]);
      assert.deepEqual([ran.code, ran.err], [0, ""]);
      assert.doesNotMatch(ran.out, /[\u001b\u202e]/u);
      const known = commands.find((spec) => spec.name === name)?.fields ?? [];
      for (const key of keysOf(streams ? linesOf(ran) : documentOf(ran).data))
        assert.ok(known.includes(key), `${key} can be chosen`);
      if (streams) assert.ok(linesOf(ran).length > 0);
      else
        assert.deepEqual(
          Object.keys(documentOf(ran)).filter((key) => key !== "next"),
          ["v", "data"],
        );
    });
  }
});

describe("forms", { concurrency: 2 }, () => {
  test("fields are chosen in every form, by their names or by a path, with null for what is not there", async () => {
    const ls = (...more: readonly string[]) =>
      world.run(["messages", "ls", "--where", `id:${known.call}`, ...more]);
    const row = { id: known.call, to: "echo", topic: null, "payload.text": "the \u001b[2Jsea" };
    const list = Object.keys(row).join(",");
    for (const how of [
      ["--json", list],
      ["-o", "json", "--fields", list],
      ["-ojson", `--fields=${list}`],
    ])
      assert.deepEqual(documentOf(await ls(...how)).data, [row], how.join(" "));
    assert.deepEqual(linesOf(await ls("-o", "ndjson", "--fields", list)), [row]);
    assert.equal((await ls("-o", "csv", "--fields", list)).out, `${list}\n${known.call},echo,,the  [2Jsea\n`);
    assert.match(
      (await ls("--fields", list)).out,
      /^ID +TO +TOPIC +PAYLOAD\.TEXT\n\S+ +echo +- +the +\[2Jsea\n$/u,
    );
    assert.deepEqual(documentOf(await ls("--json=state")).data, [{ state: "done" }]);
    const one = await world.run(["call", "echo", "say", "1", "--json=reply"]);
    assert.deepEqual(documentOf(one).data, { reply: 1 });
  });
  test("a stream has one head in CSV, and a list one where nothing is listed", async () => {
    const ran = await world.run([
      "messages",
      "export",
      "--agent",
      "echo",
      "-o",
      "csv",
      "--fields",
      "id,verb",
    ]);
    const [head, ...rows] = ran.out.trimEnd().split("\n");
    assert.equal(head, "id,verb");
    assert.ok(rows.includes(`${known.call},call`));
    const none = ["messages", "ls", "--where", "from:nobody", "-o", "csv", "--fields", "id,verb"];
    assert.equal((await world.run(none)).out, "id,verb\n");
  });
  test("a page names the next one aside, where lines are data", async () => {
    const { out, err } = await world.run(["messages", "ls", "--limit", "1", "-o", "ndjson"]);
    assert.equal(linesOf({ out, err, code: 0 }).length, 1);
    assert.match(err, /^\{"next":"[^"]+"\}\n$/u);
  });
  test("what others wrote is text in a spreadsheet", async () => {
    const csv = async (said: string) =>
      (await world.run(["call", "echo", "say", JSON.stringify(said), "-o", "csv", "--fields", "reply"])).out;
    assert.equal(await csv("=1+1"), "reply\n'=1+1\n");
    assert.equal(await csv('a,"b"\n=1'), 'reply\n"a,""b"" =1"\n');
    assert.equal(
      (await world.run(["call", "echo", "say", "-5", "-o", "csv", "--fields", "reply"])).out,
      "reply\n-5\n",
    );
  });
  test("progress is told to programs as JSON aside, the last of it at the end", async () => {
    const made = join(world.folder, "progress.db");
    const { code, out, err } = await world.run(["backup", made, "--progress", "json", "--json"]);
    assert.equal(code, 0, err);
    assert.equal(documentOf({ code, out, err }).v, 1);
    const told = linesOf({ code, out: err, err: "" }) as readonly { progress: Record<string, unknown> }[];
    const { what, step, done, total } = told.at(-1)?.progress ?? {};
    assert.deepEqual([what, step, done === total], ["backup", "verify", true]);
    const load = await world.run(["bench", "--duration", "50ms", "--progress", "json", "--json"]);
    const halves = (linesOf({ code, out: load.err, err: "" }) as typeof told).map(
      ({ progress }) => progress["what"],
    );
    assert.deepEqual([...new Set(halves)], ["casts", "calls"]);
  });
});

describe("what commands say", { concurrency: 2 }, () => {
  test("a call prints the reply alone; the rest is said aside", async () => {
    const { out, err } = await world.run(["call", "echo", "say", '{"text":"höhe"}']);
    assert.equal(out, '{"text":"höhe"}\n');
    assert.match(err, /^echo say {2}ok .* conversation \S+\n$/u);
  });
  test("what an option is given is its value, also where it looks like an option", async () => {
    for (const word of ["--json", "--no-color", "--help", "-x"]) {
      const { code, out, err } = await world.run(["cast", "echo", "note", "1", "--conversation", word]);
      assert.deepEqual([code, out.startsWith("{")], [0, false], err);
      const { items } = await world.system.history({ conversation: word });
      assert.equal(`${items[0]?.envelope.id}\n`, out);
    }
  });
  test("a payload comes from a file or from outside, bytes included", async () => {
    writeFileSync(join(world.folder, "payload.json"), '{"$bytes":"AAEC"}');
    assert.equal((await world.run(["call", "echo", "say", "@payload.json"])).out, '{"$bytes":"AAEC"}\n');
    assert.equal((await world.run(["call", "echo", "say", "-"], { input: "[1, 2]" })).out, "[1,2]\n");
    assert.equal((await world.run(["call", "echo", "say", "-5"])).out, "-5\n");
  });
  test("the JSON of a list holds at least what its table holds", async () => {
    const [people, programs] = await Promise.all([
      world.run(["agents", "ls"]),
      world.run(["agents", "ls", "--json"]),
    ]);
    const names = (documentOf(programs).data as readonly { name: string }[]).map(({ name }) => name);
    assert.deepEqual(names, ["clerk", "echo", "fails", "harbour", "lathe", "slow"]);
    for (const name of names) assert.match(people.out, new RegExp(`^${name} `, "mu"));
  });
  test("a page names the next one", async () => {
    const first = documentOf(await world.run(["messages", "ls", "--limit", "1", "--json"]));
    const second = documentOf(
      await world.run(["messages", "ls", "--limit", "1", "--after", String(first.next), "--json"]),
    );
    const id = ({ data }: typeof first) => (data as readonly { envelope: { id: string } }[])[0]?.envelope.id;
    assert.equal(id(first), known.call);
    assert.notEqual(id(second), known.call);
  });
  test("a conversation is drawn in each form", async () => {
    const show = async (form: string) =>
      (await world.run(["conversations", "show", "broken", "--as", form])).out;
    assert.match(await show("sequence"), /system +fails\n.*├─ break .*▶│.*call +failed/su);
    assert.match(await show("timeline"), /system → fails {2}break .*█+.*ms {2}failed/u);
    assert.match(
      await show("mermaid"),
      /^sequenceDiagram\n {2}participant p0 as system\n.*p0-xp1: break \(failed\)/su,
    );
    assert.equal((JSON.parse(await show("json")) as unknown[]).length, 2);
  });
  test("what systems say to one another is shown where it is asked for, and else not", async () => {
    await world.run(["tree"]);
    for (const words of [
      ["tail", "--limit", "1000"],
      ["conversations", "ls", "--limit", "1000"],
    ]) {
      const look = /\blook\b/u;
      assert.doesNotMatch((await world.run(words)).out, look, words[0]);
      assert.match((await world.run([...words, "--system"])).out, look, words[0]);
    }
    assert.match((await world.run(["tail"])).out, /call +system → echo/u);
  });
  test("tail follows what comes, and ends by Ctrl-C with 130", async () => {
    const tail = world.begin(["tail", "operation:later", "--follow", "--json"]);
    const { id } = await world.system.cast("echo", "later", 1);
    await tail.out(new RegExp(id, "u"));
    tail.child.kill("SIGINT");
    assert.equal((await tail.ended).code, 130);
  });
  test("a call that waits ends by Ctrl-C with 130", async () => {
    const call = world.begin(["call", "slow", "sleep", "--conversation", "given-up"]);
    await until(async () => (await world.system.conversation("given-up"))[0]);
    call.child.kill("SIGINT");
    const { code, out } = await call.ended;
    assert.deepEqual([code, out], [130, ""]);
  });
  test("help is had as in other programs, and a command that lacks something names its own", async () => {
    const [help, helpOf] = await Promise.all([
      world.run(["help", "agents", "ls"]),
      world.run(["agents", "ls", "--help"]),
    ]);
    assert.deepEqual([help.code, help.out], [0, helpOf.out]);
    assert.match(help.out, /^Fields: name, state/mu);
    assert.match((await world.run(["--version"])).out, /^\d+\.\d+\.\d+\S*\n$/u);
    assert.match(errorOf(await world.run(["backup", "--json"])).hint ?? "", /^hermod backup --help/u);
    assert.match(errorOf(await world.run(["agents", "ls", "--json", "name"])).hint ?? "", /--json=name/u);
  });
  test("who stops reading ends it quietly", async () => {
    const run = world.begin(["messages", "export"]);
    run.child.stdout?.destroy();
    const { code, err } = await run.ended;
    assert.equal(code, 0, err);
  });
  test("a task is followed, part by part", async () => {
    const ran = await world.run(["tasks", "follow", known.task]);
    assert.equal(ran.out, '1\n2\n3\n"done"\n');
  });
  test("a question is answered, and one is withdrawn", async () => {
    const { system } = world;
    const asked = (not?: string) =>
      until(async () => (await system.people.list("ana")).find(({ id }) => id !== not));
    const first = await asked();
    assert.equal((await world.run(["approvals", "answer", first.id, "perhaps"])).code, 2);
    assert.equal((await world.run(["approvals", "answer", first.id, "yes"])).code, 0);
    const again = await world.run(["approvals", "answer", first.id, "yes", "--json"]);
    assert.deepEqual([again.code, errorOf(again).code], [3, "HERMOD_NO_TASK"]);
    assert.match(errorOf(again).message, /^no question "[^"]+" waits/u);
    assert.match(errorOf(again).hint ?? "", /approvals ls/u);
    assert.equal(await system.taskById("clerk", known.long).result(), "yes");
    const second = await system.task("clerk", "send", 2);
    const last = await asked(first.id);
    assert.equal((await world.run(["approvals", "withdraw", last.id])).code, 0);
    assert.equal((await world.run(["approvals", "withdraw", last.id])).code, 3);
    await second.result().catch(() => undefined);
    assert.equal((await world.run(["tasks", "cancel", second.id])).code, 8);
  });
  test("what waits is purged into the dead letters, also where nobody serves it", async () => {
    const { system } = world;
    for (const at of [1, 2, 3]) await system.cast("nobody.yet", "note", at, { hold: true });
    assert.equal((await world.run(["mailbox", "peek", "nobody.yet", "--json"])).code, 0);
    const refused = await world.run(["mailbox", "purge", "nobody.yet", "--json"]);
    assert.equal(refused.code, 2);
    assert.match(errorOf(refused).hint ?? "", /--yes/u);
    const ran = await world.run([
      "mailbox",
      "purge",
      "nobody.yet",
      "--where",
      "data:2 -data.x:1",
      "--yes",
      "--json",
    ]);
    assert.equal(ran.code, 2, "an unknown field of a filter");
    const purged = documentOf(await world.run(["mailbox", "purge", "nobody.yet", "--yes", "--json"]));
    assert.deepEqual(purged.data, { mailbox: "nobody.yet", purged: 3 });
    const { items } = await system.deadLetters.list({ where: "to:nobody.yet" });
    assert.deepEqual(
      items.map(({ reason }) => reason),
      ["stopped", "stopped", "stopped"],
    );
  });
  test("a redrive that cannot do all says so by 9, one that can do none by 8", async () => {
    const { system } = world;
    await system.publish("unheard.of", 1);
    await system.cast("fails", "again", 1);
    await until(async () => (await system.deadLetters.list({ where: "operation:again" })).items[0]);
    const where = ["--where", "topic:unheard.of"];
    assert.equal((await world.run(["dlq", "redrive", ...where])).code, 8);
    const both = await world.run(["dlq", "redrive", "--all", "--dry-run", "--json"]);
    assert.equal(both.code, 9);
    const { matched, redriven, skipped } = documentOf(both).data as Record<string, number> & {
      skipped: object;
    };
    assert.ok((redriven ?? 0) > 0 && (redriven ?? 0) < (matched ?? 0));
    assert.deepEqual(Object.keys(skipped), ["no-recipient"]);
    assert.equal((await world.run(["dlq", "redrive"])).code, 2);
    assert.equal((await world.run(["dlq", "drop", ...where])).code, 2, "nobody can be asked");
    assert.deepEqual(documentOf(await world.run(["dlq", "drop", ...where, "--yes", "--json"])).data, {
      ...{ matched: 1, dropped: 1, dryRun: false },
    });
  });
  test("an agent is paused, and resumed: meanwhile what comes for it waits", async () => {
    assert.equal((await world.run(["agents", "pause", "lathe"])).code, 0);
    const called = world.begin(["call", "lathe", "say", "1", "--conversation", "paused"]);
    await until(async () => (await world.system.conversation("paused"))[0]);
    const drained = documentOf(await world.run(["agents", "drain", "lathe", "--json"]));
    assert.deepEqual(
      (drained.data as readonly { idle: boolean }[]).map(({ idle }) => idle),
      [true],
    );
    assert.match((await world.run(["tree"])).out, /lathe {2}agent {2}running {2}transient, paused/u);
    assert.match((await world.run(["agents", "restart", "lathe"])).out, / done\n/u);
    assert.match((await world.run(["agents", "resume", "lathe"])).out, / done\n/u);
    assert.equal((await called.ended).out, "1\n");
    for (const verb of ["pause", "resume", "drain", "restart"])
      assert.equal((await world.run(["agents", verb, "nobody"])).code, 3, verb);
  });
  test("a drain waits as long as it may, and who rests is seen", async () => {
    const stateOf = async () => {
      const { out } = await world.run(["agents", "ls", "--fields", "name,state"]);
      return /^slow +(.+)$/mu.exec(out)?.[1];
    };
    assert.equal(await stateOf(), "serving");
    const call = world.begin(["call", "slow", "sleep", "--conversation", "drained"]);
    await until(async () =>
      (await world.system.conversation("drained")).find(({ state }) => state === "running"),
    );
    const late = await world.run(["agents", "drain", "slow", "--timeout", "20ms", "--json"]);
    assert.deepEqual(
      [late.code, (documentOf(late).data as readonly { idle: boolean }[])[0]?.idle],
      [6, false],
    );
    assert.equal(await stateOf(), "draining");
    const drain = world.begin(["agents", "drain", "slow", "--timeout", "1h"]);
    call.child.kill("SIGINT");
    await call.ended;
    assert.match((await drain.ended).out, / done\n/u);
    assert.equal(await stateOf(), "paused");
    assert.match((await world.run(["agents", "show", "slow"])).out, /^state +paused$/mu);
    assert.equal((await world.run(["agents", "resume", "slow"])).code, 0);
  });
  test("where no store is named, that of the hub that runs is meant", async () => {
    const cwd = mkdtempSync(join(world.folder, "elsewhere-"));
    const run = (...args: readonly string[]) =>
      world.run([...args, "--json"], { cwd, env: { HERMOD_STORE: "" } });
    const { data } = documentOf(await run("backup", "copy.db"));
    const { store, bytes } = data as { readonly store: string; readonly bytes: number };
    assert.deepEqual([store, bytes > 0], [world.store, true]);
    const looked = documentOf(await run("doctor")).data as readonly {
      readonly check: string;
      readonly text: string;
    }[];
    assert.match(
      looked.find(({ check }) => check === "store")?.text ?? "",
      /hub\.db {2}\d+ messages.*in use by process/u,
    );
    for (const words of [["compact"], ["restore", "copy.db", "--yes"]]) {
      const refused = await run(...words);
      assert.deepEqual([refused.code, errorOf(refused).code], [8, "HERMOD_STORE_OWNED"]);
    }
    await using other = await Hub.open({ store: memory(), port: 0 });
    const none = await run("backup", "none.db", "--url", other.url);
    assert.deepEqual([none.code, errorOf(none).hint?.includes("--store")], [2, true]);
    const env = { HERMOD_URL: "http://localhost:1", HERMOD_STORE: "" };
    assert.equal((await hermod(["backup", "none.db"], { cwd, env })).code, 3);
    assert.equal((await hermod(["backup", "none.db", "--url", "http://localhost:1"], { cwd })).code, 5);
  });
  test("what the hub alone knows is asked of it: where it does not, that is told", async () => {
    for (const words of [["breaker", "ls"], ["tree"]]) {
      const ran = await world.run([...words, "--json"]);
      if (ran.code === 0) assert.ok(Array.isArray(documentOf(ran).data));
      else assert.deepEqual([ran.code, errorOf(ran).code], [3, "HERMOD_NOT_FOUND"]);
    }
    for (const verb of ["open", "close", "reset"])
      assert.equal((await world.run(["breaker", verb, "nobody"])).code, 3);
  });
});

const refusals: readonly (readonly [what: string, args: readonly string[], code: number, message: RegExp])[] =
  [
    ["nothing", [], 2, /no command/u],
    ["a command that is none, nearest named", ["agnets", "ls"], 2, /agnets.*agents/u],
    ["half a command", ["dlq"], 2, /needs a command/u],
    ["a form that is none", ["agents", "ls", "-o", "yaml"], 2, /table, json, ndjson, csv/u],
    ["two forms", ["agents", "ls", "--json", "-o", "csv"], 2, /does not go with -o csv/u],
    ["a field that is none, nearest named", ["messages", "ls", "--fields", "id,form"], 2, /"form".*"from"/u],
    ["no field", ["messages", "ls", "--fields", ""], 2, /no name/u],
    ["a pace that is too fast", ["top", "--every", "1ms"], 2, /--every/u],
    ["a progress that is none", ["bench", "--progress", "loud"], 2, /--progress/u],
    ["an option that is none, nearest named", ["dlq", "redrive", "--dryrun"], 2, /dryrun.*dry-run/u],
    ["too much", ["agents", "ls", "more"], 2, /too many/u],
    ["too little", ["call", "echo"], 2, /operation/u],
    ["an agent that is none, nearest named", ["call", "ecko", "say"], 3, /"ecko".*"echo"/u],
    ["an agent to look at that is none, nearest named", ["agents", "show", "eccho"], 3, /"eccho".*"echo"/u],
    ["a name with control characters", ["call", "ec\u0007ho", "say"], 2, /ec\\u0007ho/u],
    ["a name like an option", ["call", "--", "-echo", "say"], 2, /"-echo"/u],
    ["a name that turns the reading order", ["mailbox", "peek", "\u202eohce"], 3, /no agent/u],
    ["a payload that is no JSON", ["call", "echo", "say", "{not"], 2, /no JSON/u],
    ["a file that is not there", ["call", "echo", "say", "@nowhere.json"], 3, /nowhere/u],
    ["a folder for a payload", ["call", "echo", "say", "@."], 2, /directory/u],
    ["a filter that is none", ["messages", "ls", "--where", "form:writer"], 2, /from/u],
    ["a number that is none", ["messages", "ls", "--limit", "1e9"], 2, /--limit/u],
    ["a number that is too large", ["messages", "ls", "--limit", "100000"], 2, /--limit/u],
    ["a duration that is none", ["call", "echo", "say", "--timeout", "soon"], 2, /--timeout/u],
    ["a word that is none", ["conversations", "show", "tides", "--as", "poem"], 2, /sequence, timeline/u],
    ["an address that is none", ["agents", "ls", "--url", "not a url"], 2, /url \(--url\)/u],
    ["an address of another kind", ["agents", "ls", "--url", "file:///etc/passwd"], 2, /url \(--url\)/u],
    ["a token with a line break", ["agents", "ls", "--token", "a\nb"], 2, /token/u],
    ["a message that is none", ["messages", "show", "no-such"], 3, /no-such/u],
    ["an id like a filter", ["messages", "show", 'x" to:"echo'], 3, /is remembered/u],
    ["a conversation that is none", ["conversations", "show", "no-such"], 3, /no-such/u],
    ["a dead letter that is none", ["dlq", "redrive", "no-such"], 3, /no-such/u],
    ["a dead letter to drop that is none", ["dlq", "drop", "no-such", "--yes"], 3, /no-such/u],
    ["a task that is none", ["tasks", "show", "no-such"], 3, /no-such/u],
    ["a setting that is none", ["config", "explain", "prot"], 3, /"port"/u],
    ["an agent that answers with an error", ["call", "fails", "break"], 7, /luck/u],
    ["an agent that does not answer", ["call", "slow", "sleep", "--timeout", "50ms"], 6, /slow/u],
    ["a key that was used for something else", ["cast", "echo", "note", "2", "--key", "k"], 8, /k/u],
  ];

describe("what cannot be done is told on stderr, and by the exit code", { concurrency: 2 }, () => {
  before(() => world.system.cast("echo", "note", 1, { key: "k" }));
  for (const [what, args, code, message] of refusals)
    test(`${code}: ${what}`, async () => {
      const at = args.includes("--") ? args.indexOf("--") : args.length;
      const ran = await world.run(args.toSpliced(at, 0, "--json"));
      const error = errorOf(ran);
      assert.equal(ran.code, code, ran.err);
      assert.match(error.message, message);
      assert.match(error.code, /^(HERMOD_|E)[A-Z_]+$/u);
      const said = await world.run(args);
      assert.deepEqual([said.code, said.out], [code, ""]);
      assert.doesNotMatch(said.err.replaceAll("\n", ""), /[\p{Cc}\u202e]/u);
    });
  test("2: what comes in is no text, or endless", async () => {
    const binary = await world.run(["call", "echo", "say", "-", "--json"], {
      input: new Uint8Array([0, 255, 254, 1]),
    });
    assert.deepEqual([binary.code, errorOf(binary).code], [2, "HERMOD_BAD_PAYLOAD"]);
    const huge = await world.run(["call", "echo", "say", "-", "--json"], { input: "9".repeat(17 * 2 ** 20) });
    assert.deepEqual([huge.code, errorOf(huge).code], [2, "HERMOD_TOO_LARGE"]);
  });
  test("4: a token that the hub does not know", async () => {
    const auth = {
      ...openAuth,
      isOpen: false,
      identify: (token?: string) => (token === "right" ? openAuth.identify(undefined) : undefined),
    };
    await using hub = await Hub.open({ store: memory(), port: 0, auth });
    const ls = (token: string) =>
      hermod(["agents", "ls", "--json", "--url", hub.url], { env: { HERMOD_TOKEN: token } });
    const wrong = await ls("wrong");
    assert.deepEqual([wrong.code, errorOf(wrong).code], [4, "HERMOD_UNAUTHORIZED"]);
    assert.equal((await ls("right")).code, 0);
  });
});

describe("a hub that is not there", { concurrency: 2 }, () => {
  const needing = commands.filter(
    ({ isLocal, name }) => isLocal !== true && !["bench", "doctor", "config explain"].includes(name),
  );
  for (const { name, args = "" } of needing)
    test(`5: ${name}`, async () => {
      const given = [...args.matchAll(/<(\w+)>/gu)].map(([, word = ""]) => word);
      const sure = name === "dlq redrive" || name === "dlq drop" ? ["--all"] : [];
      const ran = await hermod([
        ...name.split(" "),
        ...given,
        ...sure,
        "--json",
        "--url",
        "http://localhost:1",
      ]);
      assert.deepEqual([ran.code, errorOf(ran).code], [5, "HERMOD_UNREACHABLE"]);
      assert.match(errorOf(ran).message, /http:\/\/localhost:1/u);
    });
  test("doctor says what to do", async () => {
    const ran = await hermod(["doctor", "--url", "http://localhost:1", "--store", "/nowhere/hub.db"]);
    assert.equal(ran.code, 1);
    assert.match(ran.out, /✖ hub .*\n +Start a hub \(hermod hub\)/u);
  });
});

describe("a hub that is run", { concurrency: 2 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "hermod-cli-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const urlIn = async (run: ReturnType<typeof begin>): Promise<string> =>
    (JSON.parse(await run.out(/^\{.*\}\n/u)) as { data: { url: string } }).data.url;

  test("serves, logs in JSON aside, drains on SIGTERM with 0, and keeps what it confirmed", async () => {
    const args = ["hub", "--port", "0", "--store", join(folder, "a", "hub.db"), "--json"];
    const first = begin(args);
    assert.equal(
      (await hermod(["cast", "later", "note", "1", "--hold", "--url", await urlIn(first)])).code,
      0,
    );
    first.child.kill("SIGTERM");
    const { code, err } = await first.ended;
    assert.equal(code, 0);
    const logs = err
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { msg: string }).msg);
    assert.deepEqual(logs, ["listening", "draining", "closed"]);
    const second = begin(args);
    const { data } = documentOf(
      await hermod(["mailbox", "peek", "later", "--json", "--url", await urlIn(second)]),
    );
    assert.equal((data as unknown[]).length, 1);
    second.child.kill("SIGINT");
    assert.equal((await second.ended).code, 0);
  });

  test("answers what it was asked before it was told to end", async () => {
    const run = begin(["hub", "--port", "0", "--json", "--store", join(folder, "drained.db")]);
    const url = await urlIn(run);
    const [begun, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const late = agent("late", {
      on: { request: () => (begun.resolve(), go.promise.then(() => "answered")) },
    });
    const system = await start({ agents: [late], store: remote(url) });
    const answer = fetch(`${url}/v1/agents/late/say`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "1",
    });
    await begun.promise;
    run.child.kill("SIGTERM");
    await run.err(/draining/u);
    go.resolve();
    assert.equal(await (await answer).json(), "answered");
    assert.equal((await run.ended).code, 0);
    await system.close({ timeout: 0 });
  });

  test("a first token needs no folder", async () => {
    const home = mkdtempSync(join(tmpdir(), "hermod-first-"));
    const own = ["--tokens", join(home, "tokens.json")];
    const made = await hermod(["token", "create", "ana", "--all", ...own], { cwd: home });
    assert.deepEqual([made.code, made.out.slice(0, 7)], [0, "hermod_"], made.err);
    rmSync(home, { recursive: true });
  });

  test("knows those of its tokens, at once after one is made or revoked", async () => {
    const home = join(folder, "d");
    const own = ["--store", join(home, "hub.db"), "--tokens", join(home, "tokens.json")];
    const made = await hermod([
      "token",
      "create",
      "desk",
      "--scope",
      "send:*,read:*",
      "--expires",
      "1d",
      ...own,
    ]);
    assert.deepEqual([made.code, made.out.split("\n").length], [0, 2], made.err);
    const hub = begin(["hub", "--port", "0", "--json", ...own]);
    const url = await urlIn(hub);
    const ls = (token: string) =>
      hermod(["agents", "ls", "--json", "--url", url], { env: { HERMOD_TOKEN: token } });
    assert.equal((await ls(made.out.trim())).code, 0);
    assert.equal((await hermod(["agents", "ls", "--url", url])).code, 4);
    const other = documentOf(
      await hermod(["token", "create", "ana", "--kind", "person", "--all", "--json", ...own]),
    );
    const { token, id } = other.data as { token: string; id: string };
    assert.equal((await ls(token)).code, 0);
    assert.deepEqual(documentOf(await hermod(["token", "revoke", id, "--json", ...own])).data, {
      which: id,
      revoked: 1,
    });
    assert.equal((await ls(token)).code, 4);
    const listed = await hermod(["token", "ls", ...own]);
    assert.match(listed.out, /desk .*good.*send:\*,read:\*\n.* ana .*revoked/u);
    const { data } = documentOf(await hermod(["token", "ls", "--json", ...own]));
    assert.doesNotMatch(JSON.stringify(data), /hash|hermod_/u);
    assert.equal((await hermod(["token", "revoke", "nobody", ...own])).code, 3);
    assert.equal((await hermod(["token", "create", "mute", ...own])).code, 2);
    assert.equal((await hermod(["token", "create", "wrong", "--scope", "fly:moon", ...own])).code, 2);
    hub.child.kill("SIGTERM");
    assert.equal((await hub.ended).code, 0);
  });
  test("is asked under the names that it is given", async () => {
    const own = ["--store", join(folder, "names.db"), "--names", "hub.example, Other.Example"];
    const hub = begin(["hub", "--port", "0", "--json", ...own]);
    const { port } = new URL(await urlIn(hub));
    const status = async (host: string) => {
      const request = get({ host: "127.0.0.1", port, path: "/v1/health", headers: { host }, agent: false });
      const [response] = (await once(request, "response")) as [IncomingMessage];
      return response.resume().statusCode;
    };
    const all = ["hub.example", "other.example:4700", "third.example"].map(status);
    assert.deepEqual(await Promise.all(all), [200, 200, 403]);
    hub.child.kill("SIGTERM");
    assert.equal((await hub.ended).code, 0);
    const wrong = await hermod(["hub", "--port", "0", "--json", "--names", "http://hub.example"]);
    assert.deepEqual([wrong.code, errorOf(wrong).message.includes("names (--names)")], [2, true]);
  });
  test("is open to this machine alone where it has no tokens", async () => {
    const ran = await hermod([
      "hub",
      "--host",
      "0.0.0.0",
      "--port",
      "0",
      "--store",
      join(folder, "e.db"),
      "--json",
    ]);
    assert.ok([2, 4].includes(ran.code ?? 0), ran.err);
    assert.match(errorOf(ran).code, /^HERMOD_/u);
  });
  test("says who has its port or its store", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const ran = await hermod(["hub", "--port", String(port), "--store", join(folder, "b.db"), "--json"]);
    assert.deepEqual([ran.code, errorOf(ran).code], [8, "HERMOD_PORT_TAKEN"]);
    assert.match(errorOf(ran).message, new RegExp(`port ${port} of 127.0.0.1 is taken`, "u"));
    assert.match(errorOf(ran).hint ?? "", /--port 0/u);
    taken.close();
    await using hub = await Hub.open({ store: memory(), port: 0 });
    const own = new URL(hub.url).port;
    const second = await hermod(["hub", "--port", own, "--store", join(folder, "b.db"), "--json"]);
    assert.match(errorOf(second).message, /is taken by a hub/u);
  });
  test("dev runs a program beside it, anew when its file changes, at the next port that is free", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const entry = join(folder, "entry.mjs");
    const program = (word: string) =>
      `console.log("${word}", process.env.HERMOD_URL); setInterval(() => {}, 1000);`;
    writeFileSync(entry, program("first"));
    const dev = begin(["dev", entry, "--port", String(port), "--store", join(folder, "c.db"), "--json"]);
    const url = await urlIn(dev);
    await dev.err(/is taken: using the next free one/u);
    assert.equal(await dev.err(/first \S+/u), `first ${url}`);
    // The watcher may take a moment to begin after the program has.
    const again = setInterval(() => writeFileSync(entry, program("second")), 500);
    await dev.err(/second \S+/u);
    clearInterval(again);
    dev.child.kill("SIGTERM");
    assert.equal((await dev.ended).code, 0);
    taken.close();
  });
  test("dev lets in those of the tokens that are set, and nobody else", async () => {
    const home = join(folder, "dev");
    const env = { HERMOD_TOKENS: join(home, "tokens.json") };
    const made = await hermod(["token", "create", "desk", "--all"], { env });
    const dev = begin(["dev", "--port", "0", "--store", join(home, "hub.db"), "--json"], { env });
    const url = await urlIn(dev);
    const ls = (token: string) =>
      hermod(["agents", "ls", "--url", url], { env: token === "" ? {} : { HERMOD_TOKEN: token } });
    assert.equal((await ls("")).code, 4);
    assert.equal((await ls(made.out.trim())).code, 0);
    dev.child.kill("SIGTERM");
    assert.equal((await dev.ended).code, 0);
  });
  test("a store is copied, put back and compacted", async () => {
    const store = join(folder, "a", "hub.db");
    const copy = join(folder, "copy.db");
    const run = async (...args: readonly string[]): Promise<Ran> => hermod([...args, "--store", store]);
    assert.equal((await run("backup", copy)).code, 0);
    assert.ok(existsSync(copy));
    assert.equal((await run("backup", copy, "--json")).code, 2);
    assert.ok(
      (documentOf(await run("backup", copy, "--replace", "--json")).data as { bytes: number }).bytes > 0,
    );
    assert.equal((await run("restore", copy)).code, 2, "nobody can be asked");
    const { data } = documentOf(await run("restore", copy, "--yes", "--json"));
    assert.equal((data as { waiting: number }).waiting, 1);
    assert.match((await run("restore", copy, "--yes")).out, /1 messages, 1 waiting, 0 dead/u);
    assert.match((await run("compact")).out, /bytes before/u);
    assert.deepEqual(Object.keys(documentOf(await run("compact", "--json")).data), [
      "file",
      "before",
      "after",
    ]);
    assert.equal((await hermod(["compact", "--store", join(folder, "none.db"), "--json"])).code, 3);
  });
});

describe("completion", { concurrency: 2 }, () => {
  const words = async (...typed: readonly string[]) =>
    (await world.run(["__complete", ...typed])).out.split("\n").flatMap((line) => line.split("\t")[0] || []);
  test("knows commands, options and their words", async () => {
    assert.deepEqual(await words("con"), ["conversations", "context", "config"]);
    assert.deepEqual(await words("breaker", ""), ["ls", "open", "close", "reset"]);
    assert.deepEqual(await words("dlq", "redrive", "--dr"), ["--dry-run"]);
    assert.deepEqual(await words("agents", "ls", "-o", "n"), ["ndjson"]);
    assert.deepEqual(await words("messages", "ls", "--fields", "id,conv"), ["id,conversationId"]);
    assert.deepEqual(await words("completion", ""), ["bash", "zsh", "fish"]);
    for (const typed of [["nonsense", ""], ["tree", "x"], ["call", "echo", "say", ""], []])
      assert.deepEqual((await words(...typed)).length > 0, typed.length === 0, typed.join(" "));
  });
  test("knows agents, operations and ids of the hub", async () => {
    // A hub that is busy may be too late for once.
    const has = (word: string, ...typed: readonly string[]) =>
      until(async () => (await words(...typed)).includes(word) || undefined);
    await has("lathe", "call", "la");
    await has("lathe", "call", "--timeout", "5s", "la");
    await has("say", "call", "echo", "");
    await has(known.call, "messages", "show", known.call.slice(0, -4));
    await has("tides", "conversations", "show", "ti");
    await has(known.dead, "dlq", "show", known.dead.slice(0, -4));
    await has(known.task, "tasks", "show", known.task.slice(0, -4));
  });
  test("gives nothing, and says nothing, where there is no hub", async () => {
    const ran = await hermod(["__complete", "call", ""], { env: { HERMOD_URL: "http://localhost:1" } });
    assert.deepEqual(ran, { code: 0, out: "", err: "" });
  });
  test("names of others mean nothing to a shell", async () => {
    await world.system.call("echo", "say", 1, { conversation: "$(touch hacked)" });
    await world.system.call("echo", "say", 1, { conversation: "a;b" });
    const shown = await until(async () => {
      const found = await words("conversations", "show", "");
      return found.length > 0 ? found : undefined;
    });
    for (const word of shown) assert.match(word, /^[\w.:@-]+$/u);
  });
  test("bash completes by the script", async () => {
    const { out } = await world.run(["completion", "bash"]);
    const script = join(world.folder, "completion.bash");
    writeFileSync(script, out);
    const main = join(import.meta.dirname, "main.ts");
    const typed = `hermod() { "${process.execPath}" "${main}" "$@"; }; . "${script}"
      COMP_WORDS=(hermod con); COMP_CWORD=1; _hermod; echo "\${COMPREPLY[@]}"; complete -p hermod`;
    const { promise, resolve } = Promise.withResolvers<string>();
    execFile("bash", ["-c", typed], { env: { ...process.env, HERMOD_URL: world.hub.url } }, (_error, said) =>
      resolve(said),
    );
    assert.equal(await promise, "conversations context config\ncomplete -o default -F _hermod hermod\n");
    for (const shell of ["zsh", "fish"])
      assert.match((await world.run(["completion", shell])).out, /hermod __complete/u);
    assert.equal((await world.run(["completion", "tcsh"])).code, 2);
  });
});

describe("contexts", () => {
  const home = mkdtempSync(join(tmpdir(), "hermod-contexts-"));
  after(() => rmSync(home, { recursive: true, force: true }));
  const env = { XDG_CONFIG_HOME: home };
  const run = (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    hermod(args, { cwd: home, env: { ...env, ...more } });
  const told = async (args: readonly string[], more?: Readonly<Record<string, string>>) => {
    const { data } = documentOf(await run(["config", "explain", ...args, "--json"], more));
    const [url, token] = data as readonly { value: unknown; source: string; from?: string }[];
    return [url?.value, url?.source, token?.value, token?.source];
  };
  test("name a hub with its token, and one of them is spoken to where none is named", async () => {
    const file = join(home, "token");
    writeFileSync(file, "s3cret\n", { mode: 0o600 });
    assert.equal((await run(["context", "set", "live", "--url", world.hub.url])).code, 0);
    const set = [
      "context",
      "set",
      "far",
      "--url",
      "http://far.example:4700",
      "--token-file",
      "token",
      "--json",
    ];
    assert.deepEqual(documentOf(await run(set)).data, {
      ...{ name: "far", current: false, url: "http://far.example:4700", tokenFile: file },
    });
    assert.equal((await run(["agents", "ls", "--context", "live"])).code, 0);
    assert.equal((await run(["agents", "ls"], { HERMOD_CONTEXT: "live" })).code, 0);
    assert.equal((await run(["context", "use", "far"])).code, 0);
    assert.match((await run(["context", "ls"])).out, /^far +\* +http:\/\/far\.example:4700 +\S+token$/mu);
    const far = ["http://far.example:4700", "context", "(secret)", "context"];
    assert.deepEqual(await told([]), far);
    assert.deepEqual(await told(["--context", "far"], { HERMOD_URL: "http://other:1" }), far);
  });
  test("a token goes to the hub of its context, and to no other one", async () => {
    assert.deepEqual(await told([], { HERMOD_URL: "http://other:1" }), [
      "http://other:1",
      "env",
      null,
      "default",
    ]);
    assert.deepEqual(await told(["--url", "http://other:2"]), ["http://other:2", "flag", null, "default"]);
    const named = ["--context", "far", "--url", "http://other:2"];
    assert.deepEqual(await told(named), ["http://other:2", "flag", null, "default"]);
  });
  test("what does not fit is told, and commands without a hub go on", async () => {
    rmSync(join(home, "token"));
    assert.equal((await run(["agents", "ls"])).code, 2);
    assert.equal((await run(["token", "ls", "--tokens", join(home, "none.json")])).code, 0);
    for (const args of [
      ["use", "fur"],
      ["rm", "fur"],
    ]) {
      const ran = await run(["context", ...args, "--json"]);
      assert.deepEqual([ran.code, /"far"/u.test(errorOf(ran).message)], [3, true]);
    }
    for (const args of [
      ["set", "new"],
      ["set", "--", "-x"],
      ["set", "n", "--url", "ftp://x"],
    ])
      assert.equal((await run(["context", ...args])).code, 2, args.join(" "));
    assert.equal((await run(["context", "rm", "far"])).code, 0);
    assert.deepEqual(await told([]), ["http://localhost:4700", "default", null, "default"]);
    writeFileSync(join(home, "hermod", "contexts.json"), "{{", { mode: 0o600 });
    assert.equal((await run(["agents", "ls"])).code, 2);
  });
});

describe("settings", { concurrency: 2 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "hermod-cli-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const config = (name: string, text: string): string => {
    const place = mkdtempSync(join(folder, "config-"));
    writeFileSync(join(place, name), text);
    return place;
  };
  test("each is told with its origin: flag before environment before file before default", async () => {
    const cwd = config(
      "hermod.config.ts",
      'export default { port: 4801 as number, host: "::1", store: "file.db" };',
    );
    const env = { HERMOD_PORT: "4802", HERMOD_HOST: "localhost", HERMOD_TOKEN: "shh" };
    const ran = await hermod(["config", "explain", "--port", "4803", "--json"], { cwd, env });
    const told = (documentOf(ran).data as readonly Record<string, unknown>[]).map(
      ({ key, value, source, from }) => [key, value, source, from],
    );
    assert.deepEqual(told, [
      ["url", "http://localhost:4700", "default", undefined],
      ["token", "(secret)", "env", "HERMOD_TOKEN"],
      ["port", 4803, "flag", "--port"],
      ["host", "localhost", "env", "HERMOD_HOST"],
      ["store", "file.db", "file", "hermod.config.ts"],
      ["tokens", null, "default", undefined],
      ["names", null, "default", undefined],
      ["entry", null, "default", undefined],
    ]);
    assert.doesNotMatch(ran.out, /shh/u);
  });
  for (const [what, name, text, message] of [
    ["a name that is none", "hermod.config.json", '{"prot": 1}', /"prot"/u],
    ["a value that does not fit", "hermod.config.json", '{"port": 99999}', /port \(hermod\.config\.json\)/u],
    ["a file that throws", "hermod.config.mjs", 'throw new Error("broken");', /broken/u],
    ["a file that is none", "hermod.config.json", "{{{", /cannot be read/u],
  ] as const)
    test(`2: ${what}`, async () => {
      const ran = await hermod(["config", "explain", "--json"], { cwd: config(name, text) });
      assert.equal(ran.code, 2, ran.err);
      assert.match(errorOf(ran).message, message);
    });
});
