/** Probe: one thing that an attacker tries: what was done, what must come of it, and what came. */
import type { Ground } from "./ground.ts";

export interface Probe {
  /** The group of probes: 1 to 32. */
  readonly group: number;
  readonly did: string;
  /** What the answer must look like; anything else is the attacker's success. */
  readonly expected: RegExp;
  /** Does it, and says what came. */
  readonly come: (ground: Ground) => Promise<string>;
}

/** A row of a table: what is done, and the attack. */
export type Row = readonly [did: string, come: (ground: Ground) => Promise<string>];

/** The probes of one table, all of which must come to the same. */
export function probes(group: number, expected: RegExp, rows: readonly Row[]): readonly Probe[] {
  return rows.map(([did, come]) => ({ group, did, expected, come }));
}

/** What came of one. */
export interface Tried {
  readonly group: number;
  readonly did: string;
  readonly expected: string;
  readonly came: string;
  readonly held: boolean;
}

/** How long one may take, in milliseconds: a hub that says nothing for so long is held up. */
const PATIENCE = 10_000;

/** How long all of them may take, in milliseconds: a minute is usual. */
const TOTAL = 480_000;

/** Tries all of them, one after the other; what throws has come to its error, and what there is no time left for has not held. */
export async function tryAll(
  all: readonly Probe[],
  ground: Ground,
  total = TOTAL,
): Promise<readonly Tried[]> {
  const tried: Tried[] = [];
  const began = performance.now();
  for (const { group, did, expected, come } of all) {
    const isLate = performance.now() - began > total;
    const came = isLate ? "no time was left" : await outcome(come, ground);
    tried.push({
      group,
      did,
      expected: expected.source,
      came: came.slice(0, 300),
      held: !isLate && expected.test(came),
    });
  }
  return tried;
}

async function outcome(come: Probe["come"], ground: Ground): Promise<string> {
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(() => late.resolve("nothing came"), PATIENCE);
  try {
    return await Promise.race([come(ground), late.promise]);
  } catch (error) {
    const { code, message } = error as { readonly code?: string; readonly message: string };
    return `threw ${code ?? ""} ${message}`;
  } finally {
    clearTimeout(timer);
  }
}
