/** What a store says that it is, is what is in force. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { StorageType } from "@nats-io/jetstream";
import { systemClock } from "../core/clock.ts";
import { createEnv } from "../testing/store/env.ts";
import { toLevel } from "./level.ts";
import { nats } from "./nats.ts";
import type { NatsOptions } from "./options.ts";
import { missing, Server } from "./server.test.kit.ts";

test("numbers agree with their nouns", () => {
  const said = (replicas: number, partitions: number): string =>
    toLevel("2.9.10", { storage: StorageType.File, num_replicas: replicas }, partitions).name;
  assert.equal(said(3, 16), "nats 2.9.10, JetStream file storage, 3 replicas, 16 partitions");
  assert.equal(said(1, 1), "nats 2.9.10, JetStream file storage, 1 replica, 1 partition");
});

test(
  "a namespace is told as it was made, to who opens it later too",
  { skip: missing === undefined ? false : `SKIPPED: ${missing}`, timeout: 60_000 },
  async (t) => {
    const server = await Server.start();
    t.after(() => server.close());
    const told = async (more: Partial<NatsOptions>): Promise<unknown> => {
      const store = await nats({ servers: server.url, ...more })({
        ...createEnv().env,
        clock: systemClock,
      });
      await store.close();
      return store.level;
    };
    const first = (await told({ partitions: 2 })) as { name: string };
    assert.match(first.name, /^nats \d+\.\d+\.\d+, JetStream file storage, 1 replica, 2 partitions$/u);
    assert.deepEqual(await told({}), first);
  },
);
