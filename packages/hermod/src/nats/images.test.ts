/** Images: a journal that grows gets shorter, and whoever takes over has everything all the same. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { agent, start } from "../index.ts";
import { connect, type Broker } from "./connect.ts";
import { journalStream } from "./names.ts";
import { nats } from "./nats.ts";
import { toTerms } from "./options.ts";
import { missing, Server } from "./server.test.kit.ts";

let server: Server;
let broker: Broker;

if (missing === undefined) {
  before(async () => {
    server = await Server.start();
    broker = await connect(toTerms({ servers: server.url }));
  });
  after(async () => {
    await broker.close();
    await server.close();
  });
  test("a journal does not grow without an end, and nothing of it is lost", grown);
} else test(`images (SKIPPED: ${missing})`, { skip: true });

async function grown(): Promise<void> {
  const open = () => nats({ servers: server.url, namespace: "grown", partitions: 1, journalBytes: 2 ** 24 });
  const first = await start({ agents: [quiet], store: open() });
  const text = "x".repeat(20_000);
  for (let n = 0; n < 100; n++)
    await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        first.cast("later", "note", { n: n * 20 + at, text }, { delay: "1h" }),
      ),
    );
  await first.close();
  const { state } = await broker.jsm.streams.info(journalStream("grown", 0));
  assert.ok(state.first_seq > 1, "nothing was purged");
  const second = await start({ agents: [quiet], store: open() });
  const waiting = (await second.stats()).mailboxes.find(({ mailbox }) => mailbox === "later");
  assert.equal(waiting?.delayed, 2000);
  await second.close();
}

const quiet = agent("later", { on: { notification: () => undefined } });
