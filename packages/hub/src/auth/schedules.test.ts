/** Schedules: one list for all behind a hub. Who may send to it sets and takes away every schedule of it, but for no agent that it may not send to itself. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, start } from "hermod";
import { remote } from "hermod/remote";
import { guarded, Raw } from "./auth.kit.ts";
import { tagOf } from "./desks.ts";

const FORBIDDEN = "HERMOD_FORBIDDEN";
const KEEPER = ["serve:~schedules", "send:~schedules", "serve:clock", "send:clock"];

async function ground() {
  const at = await guarded();
  const clock = agent("clock", { on: { notification: () => undefined } });
  const keeper = await start({
    agents: [clock],
    store: remote(at.hub.url, { token: at.token("keeper", KEEPER) }),
  });
  await keeper.schedule("daily", { every: "1d" }, "clock", "tick", 1);
  return Object.assign(at, {
    keeper,
    async [Symbol.asyncDispose]() {
      await keeper.close();
      await at.hub.close();
      at.auth.close();
    },
  });
}

/** What a client of these rights is told when it sends this to the schedule "daily". */
async function tried(
  at: Awaited<ReturnType<typeof ground>>,
  rights: readonly string[],
  operation: string,
  payload: unknown,
) {
  const name = `s${rights.length} ${operation}`.replace(" ", "-");
  const raw = await Raw.hello(at.hub.url, { token: at.token(name, rights) });
  const own = `~1.${tagOf({ name, kind: "system" })}`;
  const message = {
    id: `${name} ${JSON.stringify(payload).length}`,
    from: own,
    to: "~schedules#daily",
    verb: "call",
    type: "request",
  };
  return raw.code("append", { envelope: { ...message, replyTo: own, operation, payload } });
}

const plan = (to: string) => ({ rhythm: { every: 1000 }, message: { to, operation: "x" } });

test("a system that may not keep schedules begins all the same where there are some", async () => {
  await using at = await ground();
  await using other = await start({
    store: remote(at.hub.url, { token: at.token("other", ["send:clock"]) }),
  });
  await other.cast("clock", "tick", 2);
  await assert.rejects(other.unschedule("daily"), { code: FORBIDDEN });
  await assert.rejects(other.schedule("own", { every: "1d" }, "clock", "tick", 1), { code: FORBIDDEN });
  assert.deepEqual(
    (await at.keeper.schedules()).map(({ name }) => name),
    ["daily"],
  );
});

test("whoever may send to the schedules sets and takes away those of others; nobody else does", async () => {
  await using at = await ground();
  for (const [operation, payload] of [
    ["set", plan("clock")],
    ["cancel", {}],
    ["tick", { generation: 1, due: 0 }],
  ] as const) {
    assert.equal(await tried(at, ["send:clock"], operation, payload), FORBIDDEN, operation);
    assert.equal(await tried(at, ["send:clock", "send:~schedules"], operation, payload), "", operation);
  }
});

test("a schedule reaches nobody whom the one that sets it may not reach", async () => {
  await using at = await ground();
  const rights = ["send:~schedules", "send:friend"];
  for (const to of ["clock", "clock#1", "~people/ana", "~hub"])
    assert.equal(await tried(at, rights, "set", plan(to)), FORBIDDEN, to);
  for (const payload of [plan("friend"), plan("friend#1"), { message: 1 }, null])
    assert.equal(await tried(at, rights, "set", payload), "", JSON.stringify(payload));
});

test("one of a tenant has nothing to do with the schedules of all", async () => {
  await using at = await ground();
  const token = at.token("red-one", ["send:*", "serve:*"], "system", "red");
  await using red = await start({ store: remote(at.hub.url, { token }) });
  await assert.rejects(red.schedule("own", { every: "1d" }, "red.clock", "tick", 1, { hold: true }), {
    code: FORBIDDEN,
  });
});
