/** Chores: what the writer does between batches: the lists for history, the full text, and the end of what is too old. */
import type { DatabaseSync } from "node:sqlite";

export interface Retain {
  readonly age: number;
  readonly count: number;
  readonly bytes: number;
}

export class Chores {
  constructor(_db: DatabaseSync, _retain: Retain, _dedupe: number) {}
  piece(_now: number): boolean {
    return false;
  }
}
