/** Server-sent events: a task as a web response, and readers that leave and come again. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, sse, terminal, type AgentDefinition, type Task } from "hermod";
import type { On } from "./stage.ts";
import { Worker, held, type Turn } from "./tasks.kit.ts";

/** Two parts and a result; the first attempt of "twice" fails between them. */
function works(): AgentDefinition {
  let attempts = 0;
  return agent(Worker, {
    retry: { retries: 1, base: "1ms", jitter: "none" },
    on: {
      async *run(text) {
        attempts++;
        yield `${text} one\n`;
        if (text === "twice" && attempts === 1) throw new Error("the ink is out");
        if (text === "broken") throw terminal(new Error("no paper"));
        yield "two";
        return "done";
      },
    },
  });
}

/** As a reader that has seen so much asks. */
const asked = (seen: string) => new Request("http://localhost/", { headers: { "last-event-id": seen } });
const said = (task: Task, seen?: string) => sse(task, seen === undefined ? undefined : asked(seen)).text();

export function sseSuite(name: string, on: On): void {
  test(`${name}: a task is a response of its parts and its result, and a reader goes on where it was cut off`, async () => {
    await using stage = await on({ agents: [works()] });
    const task = await stage.system.task(Worker, "run", "tide");
    await stage.clock.settle();
    const response = sse(task);
    assert.equal(response.headers.get("content-type"), "text/event-stream; charset=utf-8");
    const [one, two] = ['id: 1.1\ndata: "tide one\\n"\n\n', 'id: 1.2\ndata: "two"\n\n'];
    const end = 'event: result\nid: end\ndata: "done"\n\n';
    assert.equal(await response.text(), one + two + end);
    assert.equal(await said(task, "1.1"), two + end);
    assert.equal(await said(task, "1.2"), end);
    const rest = sse(task, asked("end"));
    assert.deepEqual([rest.status, await rest.text()], [204, ""]);
    for (const strange of ["0", "1.1.1", "-1.2", "9".repeat(99), "1.1 or 1=1"])
      assert.equal(await said(task, strange), one + two + end, strange);
  });

  test(`${name}: parts of another attempt are told apart, also by whoever comes again`, async () => {
    await using stage = await on({ agents: [works()] });
    const { system, clock } = stage;
    const task = await system.task(Worker, "run", "twice");
    await clock.settle();
    await clock.advance("1s");
    const text = await said(task);
    const again = text.slice(text.indexOf("event: again"));
    assert.match(text, /^id: 1\.1\ndata: "twice one\\n"\n\nevent: again\ndata: 2\n\nid: 2\.\d+\n/u);
    assert.equal(await said(task, "1.1"), again);
  });

  test(`${name}: a task that fails is told by code and message, without its details`, async () => {
    await using stage = await on({ agents: [works()] });
    const task = await stage.system.task(Worker, "run", "broken");
    await stage.clock.settle();
    const last = (await said(task)).split("\n\n").at(-2) ?? "";
    const [event, id, data = ""] = last.split("\n");
    assert.deepEqual([event, id], ["event: failed", "id: end"]);
    const told = JSON.parse(data.slice("data: ".length)) as Record<string, unknown>;
    assert.deepEqual(Object.keys(told), ["code", "message", "retryable"]);
    assert.match(String(told["message"]), /no paper/u);
  });

  test(`${name}: a reader that leaves, or whose request ends, ends its reading and nothing else`, async () => {
    const turns: Turn[] = [];
    await using stage = await on({ agents: [held(turns)] });
    const { system, clock } = stage;
    const task = await system.task(Worker, "run", "tide");
    await clock.settle();
    const gone = new AbortController();
    const aborted = sse(task, new Request("http://localhost/", { signal: gone.signal })).text();
    const left = sse(task).body?.getReader();
    const read = left?.read();
    await clock.settle();
    await left?.cancel();
    gone.abort();
    assert.deepEqual([await read, await aborted], [{ done: true, value: undefined }, ""]);
    assert.equal(turns[0]?.ctx.signal.aborted, false);
    turns[0]?.finish("ebb");
    assert.equal(await task.result(), "ebb");
  });
}
