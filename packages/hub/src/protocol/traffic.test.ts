/** The published schemas are those of what is really said: the laws of stores are run over the socket's protocol, and every frame is read. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { agent, memory, start } from "hermod";
import { operations, overLink, type Dial } from "hermod/remote";
import { linked, storeSuite } from "hermod/testing";
import { Hub } from "../hub.ts";
import { Overheard } from "./overheard.kit.ts";

const heard: Overheard[] = [];

storeSuite(
  "every frame fits its schema",
  () => (env) => {
    const ear = new Overheard();
    heard.push(ear);
    return linked(memory(), { overheard: ear.hear }).open(env);
  },
  {
    test,
    skips: {
      "what is ready is returned without a promise: a claim, its extension, the end of a watch":
        "every answer comes from elsewhere",
    },
  },
);

after(() => {
  assert.ok(heard.length > 100);
  const strange = heard.flatMap((ear) => ear.strange);
  assert.deepEqual(strange.slice(0, 5), [], `${strange.length} frames do not fit`);
  const kinds = new Set(heard.flatMap((ear) => [...ear.kinds]));
  const missing = [...operations, "hello", "welcome", "wake", "offer", "grown"].filter(
    (kind) => !kinds.has(kind),
  );
  assert.deepEqual(missing, [], "nobody said these");
});

test("what two systems say on a hub's socket fits its schemas, pings and goodbyes too", async () => {
  const ears: Overheard[] = [];
  await using hub = await Hub.open({ store: memory(), port: 0 });
  const store = () => {
    const ear = new Overheard();
    ears.push(ear);
    return overLink({ dial: dialling(hub.url, ear), where: hub.url, timeout: 5000, beat: 5, patience: 1000 });
  };
  const counter = agent("counter", {
    on: {
      request: (said) => said,
      async *task(most) {
        for (let at = 1; at <= (most as number); at++) yield at;
        return "done";
      },
      notification: () => undefined,
    },
  });
  {
    await using _ = await start({ agents: [counter], store: store() });
    await using caller = await start({ store: store() });
    assert.equal(await caller.call("counter", "", "é"), "é");
    const task = await caller.task("counter", "", 3, { onDone: ["counter", "heard"] });
    assert.equal(await task.result(), "done");
    await caller.subscribe("tide.*", () => undefined);
    await caller.publish("tide.high", new Uint8Array([1, 2]));
    await caller.history({ where: "verb:publish" });
    while (!ears.every(({ kinds }) => kinds.has("got") && kinds.has("pong"))) await caller.history();
  }
  assert.deepEqual(
    ears.flatMap(({ strange }) => strange),
    [],
  );
  for (const kind of ["hello", "welcome", "got", "ping", "pong", "bye"])
    assert.ok(
      ears.every(({ kinds }) => kinds.has(kind)),
      kind,
    );
});

/** As `remote` does, with an ear at the wire. */
function dialling(url: string, ear: Overheard): Dial {
  return ({ opened, heard: hear, closed }) => {
    const socket = new WebSocket(`${url.replace("http", "ws")}/v1/socket`);
    socket.addEventListener("open", opened);
    socket.addEventListener("message", ({ data }) => (ear.hear(String(data)), hear(String(data))));
    socket.addEventListener("close", ({ reason }) => closed(reason));
    return { send: (text) => (ear.hear(text), socket.send(text)), close: () => socket.close() };
  };
}
