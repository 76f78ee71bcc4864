/** Faults of nodes, carried out and ended. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { jetstreamManager, type JetStreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { missing, type Broker } from "./broker.ts";
import { Cluster } from "./cluster.ts";
import { Proxies } from "./proxies.ts";
import type { Fault } from "./nemesis.ts";
import { strike } from "./strike.ts";

describe("a strike", { skip: missing }, () => {
  let folder: string;
  const network = new Proxies();
  let cluster: Cluster;
  let connection: NatsConnection;
  let manager: JetStreamManager;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "hermod-strike-"));
    cluster = await Cluster.open(folder, 3, network);
    connection = await connect({ servers: (cluster.nodes[0] as Broker).url });
    manager = await jetstreamManager(connection);
    await manager.streams.add({ name: "s", subjects: ["s"], num_replicas: 3 });
  });
  after(async () => {
    await connection.close();
    await cluster.close();
    rmSync(folder, { recursive: true });
  });

  const leader = async (): Promise<string | undefined> => (await manager.streams.info("s")).cluster?.leader;

  test("lets the leader of a stream give up", async () => {
    const first = await leader();
    await strike({ type: "step-down", stream: 17, ms: 0 }, { cluster, members: [] });
    assert.notEqual(await leader(), first);
  });

  /** Healed whatever was seen: the tests that follow need a whole cluster. */
  async function struck(fault: Fault, see: () => unknown): Promise<void> {
    const heal = await strike(fault, { cluster, members: [] });
    try {
      await see();
    } finally {
      await heal();
      await cluster.whole();
    }
  }

  for (const type of ["kill-node", "pause-node"] as const)
    test(`by ${type} silences it until the strike is over`, async () => {
      const node = cluster.nodes[1] as Broker;
      await struck({ type, node: 1, ms: 0 }, async () => assert.equal(await node.ask("/varz"), undefined));
      assert.notEqual(await node.ask("/varz"), undefined);
    });

  test("by part-node takes its routes until the strike is over", async () => {
    await struck({ type: "part-node", node: 2, how: "cut", ms: 0 }, () => assert.ok(network.connections < 3));
    assert.ok(network.connections >= 3);
  });
});
