/** Tale: a story as it happened. */
import type { MessageRecord } from "hermod";
import type { Handling } from "@hermod/hub/drawing";

/** What a reader is told of a story before its messages. */
export interface Story {
  /** The id of its conversation. */
  readonly id: string;
  readonly title: string;
  readonly about: string;
}

export interface Tale extends Story {
  readonly messages: readonly MessageRecord[];
  /** Who of a pool had which of them. */
  readonly handlings: readonly Handling[];
  /** Lines for the reader: what the story ended in. */
  readonly ending: readonly string[];
}
