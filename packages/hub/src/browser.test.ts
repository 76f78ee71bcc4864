/** Browsers: a page with the library as it is shipped is a system behind a hub like any other, and one of another origin is nobody. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, memory, start } from "hermod";
import { remote } from "hermod/remote";
import { Chromium } from "./chromium.test.kit.ts";
import { Hub } from "./hub.ts";
import { Site } from "./site.test.kit.ts";

/** A system with an agent that answers by itself, or with what the desk in Node says; and what a page hears of the hub at its own address. */
const program = (hub: string) => `
  import { agent, start } from "hermod";
  import { remote } from "hermod/remote";
  const page = agent("page", {
    on: {
      request: (said, { call, envelope: { operation } }) =>
        operation === "ask" ? call("desk", "", said) : said + ", says the page",
      async *task(most) {
        for (let at = 1; at <= most; at++) yield at;
        return "done";
      },
    },
  });
  const system = await start({ agents: [page], store: remote(location.origin, { client: "page" }) });
  await tell(await system.call("desk", "", "hello"));
  const socket = new WebSocket(${JSON.stringify(`${hub.replace("http", "ws")}/v1/socket`)});
  socket.onopen = () => tell("let in");
  socket.onerror = () => tell("turned away");
  socket.onclose = async () => tell(await fetch(${JSON.stringify(`${hub}/v1/agents`)}).then(({ status }) => status, String));
`;

test(
  "a page calls and is called, works on a task, and goes on where it was when its socket is cut",
  { timeout: 60_000 },
  async (t) => {
    if (!Chromium.isThere(t)) return;
    await using hub = await Hub.open({ store: memory(), port: 0 });
    const { port } = new URL(hub.url);
    await using site = await Site.open(Number(port), program(`http://127.0.0.1:${port}`));
    const desk = agent("desk", {
      on: {
        request: (said) => {
          if (said === "cut") site.cut();
          return `${String(said)}, says Node`;
        },
      },
    });
    await using system = await start({ agents: [desk], store: remote(hub.url) });
    await using browser = new Chromium(site.url);
    const told = () => Promise.race([site.told(), browser.gone]);

    assert.equal(await told(), "hello, says Node");
    assert.equal(await system.call("page", "", "hello"), "hello, says the page");
    const task = await system.task("page", "", 3);
    assert.deepEqual(
      [await Array.fromAsync(task.parts(), ({ value }) => value), await task.result()],
      [[1, 2, 3], "done"],
    );
    // Another origin is another page's, also on this machine.
    assert.deepEqual([await told(), await told()], ["turned away", "TypeError: Failed to fetch"]);

    assert.equal(site.sockets, 1);
    assert.equal(await system.call("page", "ask", "cut"), "cut, says Node");
    assert.equal(site.sockets, 2);
    site.cut();
    assert.equal(await system.call("page", "", "again"), "again, says the page");
    const clients = (await hub.systems()).map(({ client }) => client);
    assert.deepEqual(
      clients.filter((client) => client === "page"),
      ["page"],
    );
  },
);
