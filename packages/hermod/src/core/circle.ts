/** Circle: workers that wait for one another, so that none of them can go on. Pure: who waits for what is handed in. */

/** Who waits for what. A call is one object wherever it is named, and so is a worker. */
export interface WaitGraph<W, C> {
  /** The calls whose outcome a worker waits for. */
  readonly callsOf: (worker: W) => readonly C[];
  /** The workers of whom one must end before the call can; none while it may be answered. */
  readonly blockersOf: (call: C) => readonly W[];
}

/** The calls on the way back to the asker of this one, itself first, where none who hold it up can go on; empty where one of them can. */
export function circleOf<W, C>(graph: WaitGraph<W, C>, asker: W, call: C): readonly C[] {
  const stuck = stuckWith(graph, asker, call);
  return isStuck(graph, call, stuck) ? wayBack(graph, asker, call, stuck) : [];
}

/** All calls that wait for one another with this one, or that it waits for, none of which can go on; and whether its asker is one of those it waits for. */
export interface Tangle<C> {
  readonly calls: readonly C[];
  readonly holdsAsker: boolean;
}

export function tangleOf<W, C>(graph: WaitGraph<W, C>, asker: W, call: C): Tangle<C> {
  const [found, stuck] = [reachable(graph, call), stuckWith(graph, asker, call)];
  const held = [...found].filter((worker) => stuck.has(worker)).flatMap(graph.callsOf);
  const calls = [...new Set([call, ...held])].filter((each) => isStuck(graph, each, stuck));
  return { calls, holdsAsker: found.has(asker) };
}

/** The workers that a call waits for, and its asker, without those who can go on. */
function stuckWith<W, C>(graph: WaitGraph<W, C>, asker: W, call: C): Set<W> {
  const stuck = reachable(graph, call).add(asker);
  // Whoever waits for nobody, or for somebody who is free, goes on, and so do those who wait for it.
  for (let before = Infinity; stuck.size < before;) {
    before = stuck.size;
    for (const worker of stuck)
      if (worker !== asker && !graph.callsOf(worker).some((each) => isStuck(graph, each, stuck)))
        stuck.delete(worker);
  }
  return stuck;
}

/** All workers that a call waits for, by way of whatever calls. */
function reachable<W, C>({ callsOf, blockersOf }: WaitGraph<W, C>, call: C): Set<W> {
  const found = new Set(blockersOf(call));
  for (const worker of found) for (const next of callsOf(worker).flatMap(blockersOf)) found.add(next);
  return found;
}

function isStuck<W, C>({ blockersOf }: WaitGraph<W, C>, call: C, stuck: ReadonlySet<W>): boolean {
  const before = blockersOf(call);
  return before.length > 0 && before.every((worker) => stuck.has(worker));
}

function wayBack<W, C>(graph: WaitGraph<W, C>, asker: W, call: C, stuck: ReadonlySet<W>): readonly C[] {
  const way = new Set<C>();
  for (let next: C | undefined = call; next !== undefined && !way.has(next);) {
    way.add(next);
    const before = graph.blockersOf(next);
    if (before.includes(asker)) break;
    next = before.flatMap(graph.callsOf).find((each) => isStuck(graph, each, stuck));
  }
  return [...way];
}
