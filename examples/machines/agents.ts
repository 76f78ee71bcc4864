/** Agents: those that every machine runs. A weigher that takes its time, and a ledger that must have each parcel once. */
import { setTimeout as pause } from "node:timers/promises";
import { agent, contract } from "hermod";
import * as z from "zod";

const parcel = z.object({ parcel: z.number() });
const weighed = z.object({ parcel: z.number(), grams: z.number(), machine: z.string() });

export const Weigher = contract("weigher", {
  casts: { weigh: { in: parcel, delivery: "exactly-once" } },
});
export const Ledger = contract("ledger", {
  casts: { note: { in: weighed, delivery: "exactly-once" } },
  calls: { read: { in: z.null(), out: z.array(weighed) } },
});

export type Weighed = z.infer<typeof weighed>;

/** How long a parcel is on the scales, in milliseconds. */
const SCALES = 20;
/** What a machine that is killed had in its hands is another one's after this. */
const lease = "2s";

/** The agents of one machine; `begun` hears of each parcel that it takes into its hands. */
export function createAgents(machine: string, begun: (parcel: number) => void) {
  return [
    agent(Weigher, {
      lease,
      concurrency: 4,
      on: {
        weigh: async ({ parcel: number }, ctx) => {
          begun(number);
          await pause(SCALES);
          // Goes out with the end of the handling, or not at all.
          await ctx.cast(Ledger, "note", { parcel: number, grams: 100 + number, machine });
        },
      },
    }),
    agent(Ledger, {
      lease,
      state: () => ({ lines: [] as Weighed[] }),
      on: { note: (line, ctx) => void ctx.state.lines.push(line), read: (_, ctx) => ctx.state.lines },
    }),
  ];
}
