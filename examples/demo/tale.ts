/** Tale: a story as it happened. */
import type { MessageRecord } from "hermod";
import type { Handling } from "./handlings.ts";
import type { Story } from "./stories.ts";

export interface Tale extends Story {
  readonly messages: readonly MessageRecord[];
  /** Who of a pool had which of them. */
  readonly handlings: readonly Handling[];
  /** Lines for the reader: what the story ended in. */
  readonly ending: readonly string[];
}
