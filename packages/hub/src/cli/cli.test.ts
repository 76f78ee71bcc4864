/** The command line against a live hub: each command for people and for programs, and the forms in which it answers. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { documentOf, linesOf, openWorld, prepare, type Known, type World } from "./cli.test.kit.ts";
import { commands } from "./table.ts";

let [world, known]: [World, Known] = [] as never;
before(async () => {
  world = await openWorld();
  known = await prepare(world);
});
after(() => world[Symbol.asyncDispose]());

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
  "trace show": { args: () => ["tides"] },
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
  "config get": { args: () => ["store"] },
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
    "migrate",
    "config set",
    "breaker ls",
    "breaker open",
    "breaker close",
    "breaker reset",
    "tree",
  ],
  ...["tasks cancel", "approvals answer", "approvals withdraw", "approvals assign", "approvals decline"],
  ...["mailbox later", "mailbox run", "mailbox cancel"],
  ...["token create", "token ls", "token revoke", "token rotate"],
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
