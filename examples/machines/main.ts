/**
 * Machines: the same agents in three processes over one NATS broker. One process is killed at its work, and all that was sent is done once.
 *   npm run story -- machines
 */
import { setTimeout as pause } from "node:timers/promises";
import { start, type System } from "hermod";
import { nats } from "hermod/nats";
import { check } from "../shared/check.ts";
import { taleOf, tellStory, type Told } from "../shared/story.ts";
import { Ledger, Weigher, type Weighed } from "./agents.ts";
import { openBroker } from "./broker.ts";
import { Crew } from "./crew.ts";

const PARCELS = 120;
const names = ["red", "green", "blue"];
/** It is killed as it takes so many parcels. */
const victim = { name: "green", last: 10 };
/** How long all may take, in milliseconds. */
const PATIENCE = 60_000;

process.exitCode = await tellStory([], tell);

async function tell(): Promise<Told> {
  await using broker = await openBroker();
  const namespace = `machines-${process.pid}`;
  const crew = new Crew();
  try {
    await using system = await start({ store: nats({ servers: broker.url, namespace }) });
    const last = (name: string): number | undefined => (name === victim.name ? victim.last : undefined);
    await Promise.all(names.map((name) => crew.add(broker.url, namespace, name, last(name))));
    await sendAll(system);
    return await told(system, crew, await whenAll(system));
  } finally {
    await crew.end();
  }
}

/** Each parcel is announced twice, as by somebody who has not heard whether the first time counted. */
async function sendAll(system: System): Promise<void> {
  const all = Array.from({ length: PARCELS }, (_, at) => at);
  await Promise.all(
    [...all, ...all].map((parcel) =>
      system.cast(
        Weigher,
        "weigh",
        { parcel },
        { key: `parcel ${parcel}`, conversation: `parcel-${parcel}` },
      ),
    ),
  );
}

/** The ledger once it has all parcels. A question that the killed machine had in its hands has no answer. */
async function whenAll(system: System): Promise<readonly Weighed[]> {
  const until = performance.now() + PATIENCE;
  for (;;) {
    const lines = await system.call(Ledger, "read", null, { timeout: "2s" }).catch(() => []);
    if (new Set(lines.map(({ parcel }) => parcel)).size === PARCELS) return lines;
    if (performance.now() > until) return lines;
    await pause(100);
  }
}

async function told(system: System, crew: Crew, lines: readonly Weighed[]): Promise<Told> {
  const { begun } = crew;
  const parcel = begun.findLast(({ machine }) => machine === victim.name)?.parcel;
  const taken = lines.find((line) => line.parcel === parcel)?.machine;
  // A question of `whenAll` may have expired unanswered: only what was announced counts.
  const { items: dead } = await system.deadLetters.list({ where: "verb:cast" });
  const story = {
    id: `parcel-${parcel ?? "none"}`,
    title: "A machine less",
    about: `Three machines weigh ${PARCELS} parcels. ${victim.name} is killed with parcel ${parcel ?? "none"} in its hands.`,
  };
  const ending = [
    `${lines.length} of ${PARCELS} parcels are in the ledger; handlers began ${begun.length} times`,
    `parcel ${parcel ?? "none"}: begun by ${victim.name}, noted by ${taken ?? "nobody"}`,
  ];
  const count = (name: string): number => lines.filter((line) => line.machine === name).length;
  const survivors = names.filter((name) => name !== victim.name);
  return {
    tales: [await taleOf(system, story, ending)],
    checks: [
      check("every parcel is in the ledger once", numbersOf(lines), [...Array(PARCELS).keys()]),
      check("a machine was killed at its work", crew.signalOf(victim.name), "SIGKILL"),
      check("another one has done what it had in its hands", survivors.includes(taken ?? ""), true),
      check(
        "so that parcel was begun more than once",
        begun.filter((each) => each.parcel === parcel).length > 1,
        true,
      ),
      check(
        "the others went on",
        survivors.every((name) => count(name) > 0),
        true,
      ),
      check("nothing became a dead letter", dead, []),
    ],
  };
}

function numbersOf(lines: readonly Weighed[]): readonly number[] {
  return lines.map(({ parcel }) => parcel).toSorted((a, b) => a - b);
}
