/** Messages that end the process: found, bounded by their attempts, and no reason to give up what only ran beside them. */
import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { defaultRetry } from "../core/retry.ts";
import type { Claim } from "../core/store.ts";
import { Bench } from "../testing/store/bench.ts";
import { critic, editor, failure, writer } from "../testing/store/drafts.ts";
import { createEnv } from "../testing/store/env.ts";
import { sqlite } from "./sqlite.ts";

const folder = mkdtempSync(join(tmpdir(), "hermod-"));
after(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;

/** A store that can end as with its process: its file is what was committed by then. */
class Machine {
  bench!: Bench;
  #file = "";
  #close: () => Promise<void> = async () => undefined;

  /** Ends as by a kill, and starts on what is left. */
  async start(): Promise<void> {
    const next = join(folder, `${++files}.db`);
    for (const part of ["", "-wal"])
      if (existsSync(this.#file + part)) copyFileSync(this.#file + part, next + part);
    await this.#close();
    this.#file = next;
    await this.restart();
  }

  /** Ends in order, and starts again. */
  async restart(): Promise<void> {
    await this.#close();
    const next = this.#file;
    const { env, ...heard } = createEnv();
    const store = await sqlite(next, { thread: false })(env);
    this.#close = async () => store.close();
    this.bench = new Bench(store, heard, () => heard.clock.settle());
    for (const mailbox of [critic, editor, writer]) await this.bench.announce({}, mailbox);
    await this.bench.rest();
  }

  /** All that the mailboxes give at once. */
  async claims(): Promise<Claim[]> {
    const claims: Claim[] = [];
    for (const mailbox of [critic, editor, writer]) claims.push(...(await this.bench.claim(10, { mailbox })));
    return claims;
  }

  async end(): Promise<void> {
    await this.#close();
  }
}

const ids = (claims: readonly Claim[]): string[] => claims.map(({ envelope }) => envelope.id);

/** Starts until nothing waits: whoever gets "poison" ends with it, all else is acknowledged unless it is slow. */
async function live(machine: Machine, starts: number, slow: readonly string[] = []): Promise<void> {
  for (let start = 0; start < starts; start++) {
    await machine.start();
    for (let turn = 0; turn < 6; turn++) {
      const claims = await machine.claims();
      if (ids(claims).includes("poison")) break;
      for (const claim of claims) if (!slow.includes(claim.envelope.id)) await machine.bench.settle(claim);
      await machine.bench.rest();
    }
  }
}

test("a message that ends the process becomes a dead letter when its attempts are used up, and is told of", async () => {
  const machine = new Machine();
  await machine.start();
  await machine.bench.send({ id: "poison" });
  // The first claim after an orderly start is not written down: it costs a start more.
  await live(machine, 6);
  assert.deepEqual(await machine.bench.graves(), ["poison exhausted"]);
  assert.deepEqual(ids(await machine.claims()), []);
  const [letter] = await machine.bench.dead();
  assert.deepEqual(
    letter?.attempts.map(({ outcome }) => outcome),
    Array(4).fill("lease-expired"),
  );
  await machine.end();
});

test("the death is told of at the start that finds it", async () => {
  const machine = new Machine();
  await machine.start();
  await machine.bench.send({ id: "poison" });
  const told: string[][] = [];
  for (let start = 0; start < 7; start++) {
    await live(machine, 1);
    told.push(await machine.bench.told());
  }
  assert.deepEqual(
    told.filter((each) => each.length > 0),
    [["poison exhausted"]],
  );
  await machine.end();
});

test("what ran beside it is charged once, and done", async () => {
  const machine = new Machine();
  await machine.start();
  await machine.bench.send({ id: "a" }, { id: "poison" }, { id: "b" }, { id: "c", to: editor });
  await live(machine, 8);
  assert.deepEqual(await machine.bench.graves(), ["poison exhausted"]);
  const { items } = await machine.bench.store.read({ type: "history" });
  const charged = items.map(({ envelope, state, attempts }) => `${envelope.id} ${state} ${attempts.length}`);
  assert.deepEqual(charged, ["a done 2", "poison dead 4", "b done 2", "c done 2"]);
  await machine.end();
});

test("suspects are handed out one after the other; other mailboxes go on", async () => {
  const machine = new Machine();
  await machine.start();
  await machine.bench.send({ id: "a" }, { id: "b" }, { id: "c", to: editor });
  await machine.start();
  assert.deepEqual(ids(await machine.claims()), ["a", "b", "c"]);
  await machine.start();
  await machine.bench.send({ id: "behind" }, { id: "d", to: writer });
  assert.deepEqual((await machine.bench.counts()).delayed, 1);
  const [first, ...others] = await machine.claims();
  assert.deepEqual([first?.envelope.id, ids(others)], ["a", ["d"]]);
  await machine.bench.settle(first as Claim);
  await machine.bench.rest();
  assert.deepEqual(ids(await machine.claims()), ["b", "behind"]);
  await machine.end();
});

test("nothing passes a suspect that waits where the key of the one before it is busy", async () => {
  const machine = new Machine();
  await machine.start();
  await machine.bench.send(
    { id: "a1", orderKey: "a" },
    { id: "a2", orderKey: "a" },
    { id: "c1", orderKey: "c" },
  );
  await machine.start();
  const [first] = await machine.bench.claim(1);
  await machine.bench.settle(first as Claim, {
    type: "retry",
    at: machine.bench.clock.now() + 5,
    error: failure,
  });
  await machine.bench.rest();
  assert.deepEqual(ids(await machine.bench.claim(2)), ["a2", "c1"]);
  await machine.start();
  await machine.bench.send({ id: "c2", orderKey: "c" });
  await machine.bench.advance("10ms");
  assert.deepEqual(ids(await machine.bench.claim()), ["a1"]);
  assert.deepEqual(ids(await machine.bench.claim()), []);
  await machine.end();
});

test("a suspect has a second for itself, and on its last attempt ten", async () => {
  const machine = new Machine();
  await machine.start();
  await machine.bench.send(
    { id: "a" },
    { id: "b", retry: { ...defaultRetry, retries: 2 } },
    { id: "c", to: editor },
  );
  await machine.start();
  await machine.claims();
  await machine.start();
  assert.deepEqual(ids(await machine.claims()), ["a"]);
  await machine.bench.advance("1s");
  assert.deepEqual(ids(await machine.claims()), ["b"]);
  await machine.start();
  assert.deepEqual(ids(await machine.claims()), ["a"]);
  await machine.bench.advance("1s");
  const [last] = await machine.claims();
  assert.deepEqual([last?.envelope.id, last?.attempt], ["b", 3]);
  await machine.bench.advance("9s");
  assert.deepEqual(ids(await machine.claims()), []);
  await machine.bench.settle(last as Claim);
  await machine.bench.rest();
  assert.deepEqual(ids(await machine.claims()), ["c"]);
  await machine.end();
});

test("a suspect on its last attempt that waits for another one gets what it waits for", async () => {
  const machine = new Machine();
  await machine.start();
  await machine.bench.send(
    { id: "orchestrates", retry: { ...defaultRetry, retries: 1 } },
    { id: "step", to: editor },
  );
  await machine.start();
  await machine.claims();
  await machine.start();
  const [last] = await machine.claims();
  assert.deepEqual([last?.envelope.id, last?.attempt], ["orchestrates", 2]);
  await machine.bench.advance("9s");
  assert.deepEqual(ids(await machine.claims()), []);
  await machine.bench.advance("1s");
  assert.deepEqual(ids(await machine.claims()), ["step"]);
  await machine.end();
});

test("a suspect that nobody takes holds up others for a second, on its last attempt too", async () => {
  const machine = new Machine();
  await machine.start();
  await machine.bench.send({ id: "a", retry: { ...defaultRetry, retries: 1 } }, { id: "c", to: editor });
  await machine.start();
  await machine.claims();
  await machine.start();
  assert.deepEqual(ids(await machine.bench.claim(1, { mailbox: editor })), []);
  await machine.bench.advance("1s");
  assert.deepEqual(ids(await machine.bench.claim(1, { mailbox: editor })), ["c"]);
  assert.deepEqual(ids(await machine.bench.claim()), ["a"]);
  await machine.end();
});

test("a suspect whose agent is withdrawn holds up no other one", async () => {
  const machine = new Machine();
  await machine.start();
  await machine.bench.send({ id: "a" }, { id: "c", to: editor });
  await machine.start();
  await machine.claims();
  await machine.start();
  void machine.bench.store.withdraw(critic);
  await machine.bench.rest();
  assert.deepEqual(ids(await machine.bench.claim(1, { mailbox: editor })), ["c"]);
  await machine.bench.announce();
  await machine.bench.rest();
  assert.deepEqual(ids(await machine.bench.claim()), ["a"]);
  await machine.end();
});

test("a suspect whose agent comes back comes again", async () => {
  const machine = new Machine();
  await machine.start();
  await machine.bench.send({ id: "a" }, { id: "c", to: editor });
  await machine.start();
  await machine.claims();
  await machine.start();
  void machine.bench.store.withdraw(editor);
  await machine.bench.settle((await machine.claims())[0] as Claim);
  await machine.bench.announce({}, editor);
  await machine.bench.rest();
  assert.deepEqual(ids(await machine.claims()), ["c"]);
  await machine.end();
});

test("it is found also where new messages come before it", async () => {
  const machine = new Machine();
  await machine.start();
  await machine.bench.send({ id: "poison", priority: 1 });
  for (let start = 0; start < 6; start++) {
    await machine.start();
    await machine.bench.send(...many(`new ${start}`));
    for (const claim of await machine.bench.claim(1000, { where: "-id:poison" }))
      await machine.bench.settle(claim);
    await machine.bench.claim();
  }
  assert.deepEqual(await machine.bench.graves(), ["poison exhausted"]);
  await machine.end();
});

test("a suspect is written down however much was handed out before it", async () => {
  const machine = new Machine();
  await machine.start();
  await machine.bench.send({ id: "poison", priority: 1 });
  await machine.start();
  await machine.claims();
  for (let start = 0; start < 5; start++) {
    await machine.start();
    await machine.bench.send(...many(`old ${start}`));
    await machine.start();
    for (const claim of await machine.bench.claim(1000, { where: "-id:poison" }))
      await machine.bench.settle(claim);
    await machine.bench.claim();
  }
  assert.deepEqual(await machine.bench.graves(), ["poison exhausted"]);
  await machine.end();
});

/** More messages than are written down after a start. */
function many(prefix: string): { readonly id: string }[] {
  return Array.from({ length: 300 }, (_, at) => ({ id: `${prefix} ${at}` }));
}

test("attempts that an orderly end cuts off are not charged", async () => {
  const machine = new Machine();
  await machine.start();
  await machine.bench.send({ id: "a" });
  await machine.start();
  for (let start = 0; start < 5; start++) {
    assert.deepEqual(
      (await machine.claims()).map(({ attempt }) => attempt),
      [1],
    );
    await machine.restart();
  }
  await machine.end();
});
