/** Task terms: how a task is carried out, as its message says. */
import type { Address } from "./address.ts";

/** How a task is carried out. */
export interface TaskTerms {
  /** Who is told of its end, by which operation. */
  readonly done?: { readonly to: Address; readonly operation: string };
  /** Longest time between two signs of progress, in milliseconds: each one begins it anew. */
  readonly idle?: number;
  /** How many parts its generator may be ahead of the reader that has read furthest. */
  readonly ahead?: number;
}
