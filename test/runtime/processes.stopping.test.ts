/** An agent that is served by several processes and stopped in one of them: what waits is the others'. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, pool } from "hermod";
import { Processes } from "./processes.kit.ts";
import { caught, lettersOf } from "./stage.ts";

const handled: unknown[] = [];
const named = (name: string) =>
  agent("echo", { on: { request: () => name, notification: (what) => void handled.push([name, what]) } });

const forms = { agent: named, pool: (name: string) => pool(named(name), { size: 2 }) };

for (const [form, made] of Object.entries(forms))
  test(`what waits for an agent that is stopped in one process is another's (${form}); the last one takes the mailbox with it`, async () => {
    handled.length = 0;
    await using shared = new Processes();
    const [one, two, asker] = [await shared.join(), await shared.join(), await shared.join()];
    const [first, second] = [await one.system.spawn(made("one")), await two.system.spawn(made("two"))];
    for (const { system } of [one, two]) await system.pause("echo");
    await asker.system.cast("echo", "", "waits");
    await first.stop();
    two.system.resume("echo");
    assert.equal(await asker.system.call("echo", "", 1), "two");
    await shared.clock.settle();
    assert.deepEqual(handled, [["two", "waits"]]);
    await second.stop();
    assert.equal((await caught(asker.system.call("echo", "", 1))).code, "HERMOD_NO_AGENT");
    assert.deepEqual(await lettersOf(asker.system), []);
  });
