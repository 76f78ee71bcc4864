/** From samples to figures: medians, ratios to the floor, growth, and whether the target holds. Pure. */
import type { Bound, Key, Target } from "./keys/key.ts";
import { mergeSamples, spread, type Sample, type Spread } from "./measure.ts";
import { noteOn } from "./peers.ts";
import { PEER, type Measured, type Series } from "./series.ts";

export interface Figure extends Spread {
  value: number;
  /** The value over the floor's. */
  ratio: number;
  /** What a sample says beyond its value, such as p99. */
  extras: Record<string, number>;
  note?: string;
}

export interface Growth {
  size: number;
  value: number;
  /** The value at the second size over the value at the base. */
  ratio: number;
  /** The same of the floor: what the machine's caches do to everybody. */
  floorRatio: number;
}

export interface Summary extends Omit<Figure, "note"> {
  unit: string;
  better: Key["better"];
  floor: number;
  floorFigure: Figure;
  target: Target;
  stretch?: number;
  met: boolean;
  /** The measures of the target that do not hold. */
  missed: string[];
  growth: Growth;
  variants: Record<string, Figure>;
  peers: Record<string, Figure>;
}

export function summarise(key: Key, { base, second }: Measured): Summary {
  const floor = valueOf(base, "floor");
  const ours = figure(base["ours"], floor);
  return {
    unit: key.unit,
    better: key.better,
    ...ours,
    floor,
    floorFigure: figure(base["floor"], floor),
    ...judge(key, ours),
    growth: growthOf(key, base, second),
    variants: figures(Object.keys(key.variants ?? {}), (name) => figure(base[name], floor)),
    peers: figures(peersIn(base), (name) => ({
      ...figure(base[PEER + name], floor),
      note: noteOn(name, key.name),
    })),
  };
}

function judge({ target, stretch }: Key, ours: Figure) {
  const missed = Object.keys(target).filter((name) => !holds(target[name], measureNamed(ours, name)));
  return { target, ...(stretch === undefined ? {} : { stretch }), met: missed.length === 0, missed };
}

function figure(samples: readonly Sample[] = [], floor: number): Figure {
  const { value, ...extras } = mergeSamples(samples);
  return { value, ratio: value / floor, ...spread(samples.map((sample) => sample.value)), extras };
}

const valueOf = (series: Series, side: string): number => figure(series[side], 1).value;

function growthOf(key: Key, base: Series, second: Series): Growth {
  const ratio = (side: string) => valueOf(second, side) / valueOf(base, side);
  return {
    size: key.sizes[1],
    value: valueOf(second, "ours"),
    ratio: ratio("ours"),
    floorRatio: ratio("floor"),
  };
}

const figures = (names: readonly string[], of: (name: string) => Figure): Record<string, Figure> =>
  Object.fromEntries(names.map((name) => [name, of(name)]));

const peersIn = (series: Series): string[] =>
  Object.keys(series)
    .filter((side) => side.startsWith(PEER))
    .map((side) => side.slice(PEER.length));

const measureNamed = (ours: Figure, name: string): number =>
  name === "value" ? ours.value : name === "ratio" ? ours.ratio : (ours.extras[name] ?? NaN);

const holds = (bound: Bound | undefined, value: number): boolean =>
  bound !== undefined && ("atLeast" in bound ? value >= bound.atLeast : value <= bound.atMost);
