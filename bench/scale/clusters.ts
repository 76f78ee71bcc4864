/** Clusters: those that are planned for, with figures as they were measured. Pure. */
import type { Burden } from "./burden.ts";
import { LARGER } from "./costs.ts";
import { planned, type Figures, type Plan, type Terms } from "./plan.ts";
import type { Each } from "./slope.ts";

/** The figures of a plan; undefined where something was not measured. */
export function figuresOf(
  { done, waiting, waiting_large: large, agent }: Readonly<Record<string, Each>>,
  { ours, replicated }: Readonly<Record<"ours" | "replicated", Burden>>,
): Figures | undefined {
  if (done?.file === undefined || waiting?.file === undefined) return undefined;
  if (large?.file === undefined || agent?.heap === undefined) return undefined;
  return {
    file: Math.max(done.file, waiting.file),
    fileByte: (large.file - waiting.file) / LARGER,
    agent: agent.heap,
    // A burden is that of 1,000 messages.
    ...{ client: ours.client / 1000, owner: ours.owner / 1000 },
    brokers: { 1: ours.brokers / 1000, 3: replicated.brokers / 1000 },
  };
}

const MIB = 2 ** 20;
/** The options' defaults, and half of four processors of each broker. */
const usual = { payload: 200, journalBytes: 128 * MIB, dedupe: 300, cores: 2 } as const;

/** The clusters of docs/scale.md. */
const clusters: readonly Terms[] = [
  { ...usual, nodes: 1, replicas: 1, partitions: 16 },
  { ...usual, nodes: 3, replicas: 3, partitions: 16 },
  { ...usual, nodes: 5, replicas: 3, partitions: 32 },
  { ...usual, nodes: 10, replicas: 3, partitions: 64 },
  { ...usual, nodes: 10, replicas: 3, partitions: 64, dedupe: 60 },
];

export const plans = (figures: Figures): readonly (Terms & Plan)[] =>
  clusters.map((terms) => ({ ...terms, ...planned(figures, terms) }));
