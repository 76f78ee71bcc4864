/** Three brokers, one of which is set apart. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { missing, type Broker } from "./broker.ts";
import { Cluster } from "./cluster.ts";
import type { Apart } from "./network.ts";
import { Proxies } from "./proxies.ts";

/** A client of each of the brokers, which keeps what it hears. */
interface Peer {
  readonly connection: NatsConnection;
  readonly heard: Set<string>;
}

async function peerOf({ url }: Broker): Promise<Peer> {
  const connection = await connect({ servers: url });
  const heard = new Set<string>();
  connection.subscribe("all", { callback: (_, message) => void heard.add(message.string()) });
  return { connection, heard };
}

/** Says it until all of them have heard it: those who have just been joined take a while to know of one another. */
async function saidTo(peers: readonly Peer[], speaker: Peer, text: string): Promise<void> {
  while (peers.some(({ heard }) => !heard.has(text))) {
    speaker.connection.publish("all", text);
    await pause(10);
  }
}

describe("three brokers", { skip: missing }, () => {
  let folder: string;
  const network = new Proxies();
  let cluster: Cluster;
  let peers: readonly [Peer, Peer, Peer];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "hermod-cluster-"));
    cluster = await Cluster.open(folder, 3, network);
    peers = (await Promise.all(cluster.nodes.map(peerOf))) as unknown as typeof peers;
  });
  after(async () => {
    for (const { connection } of peers) await connection.close();
    await cluster.close();
    rmSync(folder, { recursive: true });
  });

  test("know no way to one another but the proxies", async () => {
    let routes = 0;
    for (const node of cluster.nodes)
      routes += ((await node.ask("/routez")) as { readonly num_routes: number }).num_routes;
    // Both ends of a route count it; a second one that is just being closed is none of theirs.
    assert.ok(routes >= 6 && network.connections >= routes / 2, `${routes}, ${network.connections}`);
  });

  test("keep three copies", async () => {
    const { connection } = peers[0];
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: "s", subjects: ["s"], num_replicas: 3 });
    assert.equal((await jetstream(connection).publish("s", "kept")).seq, 1);
  });

  const cases: readonly (readonly [how: Apart, hears: boolean, isHeard: boolean])[] = [
    ["slow", true, true],
    ["deaf", false, true],
    ["mute", true, false],
    ["silent", false, false],
    ["cut", false, false],
  ];
  for (const [how, hears, isHeard] of cases)
    test(`one that is set apart ${how} ${hears ? "hears" : "does not hear"} the others and is ${isHeard ? "" : "not "}heard`, async () => {
      const [node, one, two] = peers;
      for (const speaker of peers) await saidTo(peers, speaker, `before ${how}`);
      network.part(cluster.nodes[0] as Broker, how);
      await saidTo(hears ? peers : [one, two], one, `to ${how}`);
      await saidTo(isHeard ? peers : [node], node, `from ${how}`);
      // What was said a hundred times to the one beside has been said to this one too.
      for (let round = 0; round < 100; round++) for (const { connection } of peers) await connection.flush();
      assert.deepEqual([node.heard.has(`to ${how}`), one.heard.has(`from ${how}`)], [hears, isHeard]);
      network.join();
      await cluster.whole();
      for (const speaker of peers) await saidTo(peers, speaker, `after ${how}`);
    });

  test("one that is set apart aside hears the third one, and the next one does too", async () => {
    const [node, next, third] = peers;
    for (const speaker of peers) await saidTo(peers, speaker, "before aside");
    network.part(cluster.nodes[0] as Broker, "aside");
    await saidTo([node, third], node, "from node");
    await saidTo([next, third], next, "from next");
    await saidTo(peers, third, "from third");
    assert.deepEqual([node.heard.has("from next"), next.heard.has("from node")], [false, false]);
    network.join();
    await cluster.whole();
    for (const speaker of peers) await saidTo(peers, speaker, "after aside");
  });
});
