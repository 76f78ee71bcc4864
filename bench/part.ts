/** Part: how much of its messages a measurement sends. All of them but in tests of the benchmark, whose figures are nobody's. */

/** Names the part to the processes that measure, from 0 to 1. */
export const PART = "HERMOD_BENCH_PART";

export const partOf = (messages: number): number => messages * Number(process.env[PART] ?? 1);
