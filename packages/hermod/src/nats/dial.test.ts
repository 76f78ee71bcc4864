/** A way leads to whoever owns a partition, and to nobody where that is over: by a connection that is there in its parts alone. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { Hosting } from "../remote/hosting.ts";
import type { Wire, WireEnds } from "../remote/wire.ts";
import { TestClock } from "../testing/clock.ts";
import { Away } from "./away.ts";
import type { Broker } from "./connect.ts";
import { Way } from "./dial.ts";
import { Passage } from "./passage.ts";
import type { Pipe } from "./pipe.ts";

/** A connection that notes who knocks at which door, and opens each of them; what it says of itself, the test says. */
class Line {
  readonly knocks: string[] = [];
  isOver = false;
  readonly #told: { readonly type: string }[] = [];
  #next = Promise.withResolvers<void>();

  readonly subscribe = (): { unsubscribe: () => void } => {
    if (this.isOver) throw new Error("the connection is closed");
    this.heard++;
    return { unsubscribe: () => void this.heard-- };
  };
  /** False: nobody opens. */
  opens = true;
  readonly request = async (door: string): Promise<{ string(): string }> => {
    this.knocks.push(door);
    if (!this.opens) throw new Error("nobody is there");
    return { string: () => this.invitation };
  };
  /** What is said to who is let in. */
  invitation = "";
  /** How many wires hear what comes over the broker. */
  heard = 0;
  readonly publish = (): void => undefined;
  readonly isClosed = (): boolean => this.isOver;
  readonly isDraining = (): boolean => this.isOver;

  tell(type: "disconnect" | "reconnect" | "ping"): void {
    this.#told.push({ type });
    this.#next.resolve();
  }

  async *status(): AsyncGenerator<{ readonly type: string }> {
    for (;;) {
      yield* this.#told.splice(0);
      await this.#next.promise;
      this.#next = Promise.withResolvers();
    }
  }
}

/** A way, with what its wires have heard. */
function laid(line = new Line(), direct = true) {
  const [terms, road] = [{ namespace: "n", direct }, { publish: () => undefined }];
  const broker = { connection: line, terms, road, most: 1000 } as unknown as Broker;
  const guest = { hear: () => undefined, gone: () => undefined };
  const seats = { name: "far" as string | undefined, own: "near" };
  const [clock, doubts] = [new TestClock(0), { count: 0 }];
  const way = new Way({
    ...{ broker, partition: 0, nameOf: () => "wire", defer: queueMicrotask },
    ...{ clock, doubt: () => void doubts.count++ },
    seat: () => (seats.name === undefined ? undefined : { process: "p", name: seats.name }),
    hosting: (name) => (name === seats.own ? ({ connect: () => guest } as unknown as Hosting) : undefined),
  });
  return { line, seats, way, clock, doubts };
}

/** A passage in a folder of its own. */
async function opened(t: TestContext): Promise<{ readonly folder: string; readonly passage: Passage }> {
  const folder = mkdtempSync(join(tmpdir(), "hermod-dial-"));
  const passage = await Passage.open(folder, Math.random);
  t.after(async () => {
    await passage.close();
    rmSync(folder, { recursive: true });
  });
  return { folder, passage };
}

/** Dials, and waits until it is let in. */
async function dialled(way: Way) {
  const [heard, closed]: [string[], string[]] = [[], []];
  const end = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  const ends: WireEnds = {
    opened: opened.resolve,
    heard: (text) => void heard.push(text),
    handed: () => undefined,
    closed: (why) => (closed.push(why), end.resolve()),
  };
  const wire: Wire = way.dial(ends);
  await opened.promise;
  return { wire, heard, closed, end: end.promise };
}

test("what leads over the broker is led anew when the broker was away, and what leads inside the process stays", async () => {
  const { line, seats, way } = laid();
  const far = await dialled(way);
  seats.name = seats.own;
  const near = await dialled(way);
  seats.name = "far";
  way.renew();
  assert.deepEqual([far.closed, near.closed], [["the broker was away"], []]);
  way.renew();
  const again = await dialled(way);
  assert.deepEqual([far.closed.length, again.closed.length, line.knocks.length], [1, 0, 2]);
});

test("it leads past the broker where a passage does, and stays when the broker was away; else over the broker", async (t) => {
  const { folder, passage } = await opened(t);
  const { line, way } = laid();
  const said = Promise.withResolvers<string>();
  line.invitation = passage.invite(() => ({ heard: said.resolve, closed: () => undefined })).text;
  const direct = await dialled(way);
  direct.wire.send("hello");
  assert.deepEqual([await said.promise, line.heard], ["hello", 0]);
  line.invitation = `key ${join(folder, "elsewhere")}`;
  const over = await dialled(way);
  assert.equal(line.heard, 1);
  way.renew();
  assert.deepEqual([direct.closed, over.closed], [[], ["the broker was away"]]);
  direct.wire.close();
});

test("what an owner of yesterday said past the broker is heard before its way ends, and not waited for where it says nothing", async (t) => {
  const { passage } = await opened(t);
  for (const ends of [true, false]) {
    const { line, seats, way, clock } = laid();
    const came = Promise.withResolvers<Pipe>();
    const ears = { heard: () => undefined, closed: () => undefined };
    line.invitation = passage.invite((pipe) => (came.resolve(pipe), ears)).text;
    const { heard, closed, end } = await dialled(way);
    const pipe = await came.promise;
    pipe.send("last");
    if (ends) pipe.close();
    seats.name = undefined;
    for (let look = 0; look < 3; look++) way.look();
    assert.deepEqual(closed, []);
    await (ends ? end : clock.advance(100));
    const reason = ends ? "the other side has ended it" : "another process owns the partition now";
    assert.deepEqual([ends ? heard : [], closed], [ends ? ["last"] : [], [reason]]);
    pipe.close();
  }
});

test("where nothing was heard past the broker the next way leads over it, and the one after that past it again", async (t) => {
  const { passage } = await opened(t);
  const { line, seats, way } = laid();
  const ears = { heard: () => undefined, closed: () => undefined };
  const heard: number[] = [];
  for (const says of [false, false, true, true]) {
    const came = Promise.withResolvers<Pipe>();
    line.invitation = passage.invite((pipe) => (came.resolve(pipe), ears)).text;
    const { wire, end } = await dialled(way);
    heard.push(line.heard);
    if (line.heard > 0) {
      wire.close();
      continue;
    }
    const pipe = await came.promise;
    if (says) pipe.send("hello");
    pipe.close();
    await end;
  }
  assert.deepEqual([heard, seats.name], [[0, 1, 0, 0], "far"]);
});

test("it does not lead past the broker where that is not wanted", async (t) => {
  const { passage } = await opened(t);
  const { line, way } = laid(new Line(), false);
  line.invitation = passage.invite(() => assert.fail("it came")).text;
  await dialled(way);
  assert.equal(line.heard, 1);
});

test("it leads to nobody until there is an owner, and not on to one of yesterday", async () => {
  const { line, seats, way } = laid();
  seats.name = undefined;
  const dialling = dialled(way);
  way.look();
  assert.deepEqual(line.knocks, []);
  seats.name = "far";
  way.look();
  const { closed } = await dialling;
  way.look();
  seats.name = "other";
  way.look();
  assert.deepEqual(closed, ["another process owns the partition now"]);
  assert.deepEqual(line.knocks, ["n.door.0.far"]);
});

test("it is asked anew who the owner is where one seeks in vain, whether nobody is said to be it or one that does not open, once a second", async () => {
  for (const name of [undefined, "gone"]) {
    const { line, seats, way, clock, doubts } = laid();
    [seats.name, line.opens] = [name, false];
    const dialling = dialled(way);
    const looked = async (time: number): Promise<number> => {
      await clock.advance(time);
      way.look();
      return doubts.count;
    };
    assert.deepEqual(
      [await looked(999), await looked(1), await looked(500), await looked(499), await looked(1)],
      [0, 1, 1, 1, 2],
    );
    [seats.name, line.opens] = ["far", true];
    await looked(50);
    await dialling;
    assert.equal(await looked(5000), 2);
  }
});

test("nobody knocks where the connection is closed: who ends closes it last", () => {
  const { line, seats, way } = laid();
  const closed: string[] = [];
  const silent = { opened: () => undefined, heard: () => undefined, handed: () => undefined };
  seats.name = undefined;
  way.dial({ ...silent, closed: (why) => void closed.push(why) });
  line.isOver = true;
  seats.name = "far";
  way.look();
  assert.deepEqual([line.knocks, closed], [[], []]);
});

test("who asks for it hears each time that the broker is away, and that it is back, and of nothing else", async () => {
  const line = new Line();
  let [backs, heard] = [0, Promise.withResolvers<void>()];
  const away = new Away(line as never);
  away.whenBack(() => (backs++, heard.resolve()));
  away.whenBack(() => assert.fail("it has ended"))();
  for (const round of [1, 2]) {
    for (const said of ["ping", "disconnect", "ping"] as const) line.tell(said);
    await new Promise<void>((gone) => away.whenGone(0, gone));
    assert.equal(backs, round - 1);
    line.tell("reconnect");
    await heard.promise;
    heard = Promise.withResolvers();
    assert.equal(backs, round);
  }
});

test("what needs the broker is waited for until it has been away for a moment, and is not begun from then on", async () => {
  const line = new Line();
  const away = new Away(line as never);
  let begun = 0;
  const asked = <T>(answer: Promise<T>) => away.reached(() => (begun++, answer));
  assert.equal(await asked(Promise.resolve("here")), "here");
  await assert.rejects(asked(Promise.reject(new Error("no"))), { message: "no" });
  const never = asked(new Promise<never>(() => undefined));
  line.tell("disconnect");
  assert.equal(await never, undefined);
  assert.deepEqual([await asked(Promise.resolve("here")), begun], [undefined, 3]);
  // It has been away for as long as anybody waits for it: whoever looks now need not wait anew.
  let isGone = false;
  away.whenGone(Infinity, () => (isGone = true));
  assert.equal(isGone, true);
  const back = Promise.withResolvers<void>();
  away.whenBack(back.resolve);
  line.tell("reconnect");
  await back.promise;
  assert.equal(await asked(Promise.resolve("here")), "here");
});
