/** Messages on the command line: said, asked, shown and followed; tasks and questions among them. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { documentOf, errorOf, openWorld, prepare, until, type Known, type World } from "./cli.test.kit.ts";

let [world, known]: [World, Known] = [] as never;
before(async () => {
  world = await openWorld();
  known = await prepare(world);
});
after(() => world[Symbol.asyncDispose]());

describe("what is said", { concurrency: 2 }, () => {
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
  test("a call that waits ends by Ctrl-C with 130", async () => {
    const call = world.begin(["call", "slow", "sleep", "--conversation", "given-up"]);
    await until(async () => (await world.system.conversation("given-up"))[0]);
    call.child.kill("SIGINT");
    const { code, out } = await call.ended;
    assert.deepEqual([code, out], [130, ""]);
    // Its agent has heard of it: nothing runs on until the call's deadline.
    const ended = await until(async () => {
      const [record] = await world.system.conversation("given-up");
      return record?.state === "running" ? undefined : record;
    });
    assert.match(ended.attempts.at(-1)?.error?.message ?? "", /stopped|cancelled/u);
  });
});

describe("what is shown", { concurrency: 2 }, () => {
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
  test("a trace is drawn by the id of its conversation, and of a message of it", async () => {
    const show = (...args: readonly string[]) => world.run(["trace", "show", ...args]);
    const drawn = (await show("tides")).out;
    assert.match(drawn, /^\* call \S+ → echo {2}say +.*█.*ms\n/u);
    assert.equal((await show(known.call)).out, drawn);
    const [first] = documentOf(await show("tides", "--json")).data as unknown as readonly Record<
      string,
      unknown
    >[];
    assert.deepEqual(
      [first?.["id"], first?.["depth"], first?.["cause"], first?.["state"]],
      [known.call, 0, null, "done"],
    );
    assert.equal((await show("nothing")).code, 3);
  });
  test("what systems say to one another is shown where it is asked for, and else not", async () => {
    await world.run(["agents", "pause", "harbour"]);
    await world.run(["agents", "resume", "harbour"]);
    for (const words of [
      ["tail", "--limit", "1000"],
      ["conversations", "ls", "--limit", "1000"],
    ]) {
      const act = /\bpause\b/u;
      assert.doesNotMatch((await world.run(words)).out, act, words[0]);
      assert.match((await world.run([...words, "--system"])).out, act, words[0]);
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
  test("who stops reading ends it quietly", async () => {
    const run = world.begin(["messages", "export"]);
    run.child.stdout?.destroy();
    const { code, err } = await run.ended;
    assert.equal(code, 0, err);
  });
});

describe("tasks and questions", { concurrency: 2 }, () => {
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
    // It is given to somebody, and declined.
    const third = await system.task("clerk", "send", 3);
    const { id } = await asked(last.id);
    assert.equal((await world.run(["approvals", "assign", id, "bo"])).code, 0);
    const listed = documentOf(await world.run(["approvals", "ls", "--person", "bo", "--json"]));
    assert.equal((listed.data as { assigned: { to: string } }[])[0]?.assigned.to, "bo");
    assert.match((await world.run(["approvals", "ls"])).out, /bo/u);
    assert.equal((await world.run(["approvals", "assign", id])).code, 0);
    assert.equal((await world.run(["approvals", "decline", id, "--reason", "not today"])).code, 0);
    assert.equal((await world.run(["approvals", "decline", id])).code, 3);
    await assert.rejects(third.result(), /not today/u);
  });
});
