/** Cells: the states of one agent that are in use. One that nobody has used for a while is put away: the store has kept it. */
import type { Clock } from "../core/clock.ts";
import { Cell } from "./cell.ts";
import type { Timer, Timers } from "./timers.ts";

export class Cells {
  /** In the order of their last use. */
  readonly #cells = new Map<string, Cell>();
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #idle: number;
  readonly #passivated: (cell: Cell) => void;
  #timer: Timer | undefined;

  constructor(clock: Clock, timers: Timers, idle: number, passivated: (cell: Cell) => void) {
    this.#clock = clock;
    this.#timers = timers;
    this.#idle = idle;
    this.#passivated = passivated;
  }

  get size(): number {
    return this.#cells.size;
  }

  /** The cell of this key for one more user; a new one when it is not in use. */
  enter(key: string): Cell {
    const cell = this.#cells.get(key) ?? new Cell(key);
    this.#cells.delete(key);
    this.#cells.set(key, cell);
    cell.users++;
    return cell;
  }

  /** A user has ended. */
  leave(cell: Cell): void {
    cell.users--;
    cell.usedAt = this.#clock.monotonic();
    if (this.#cells.get(cell.key) !== cell) return;
    this.#cells.delete(cell.key);
    this.#cells.set(cell.key, cell);
    this.#timer ??= this.#timers.set(this.#idle, () => this.#sweep());
  }

  /** Takes a cell out of use: the next message begins with what is committed. */
  drop(cell: Cell): void {
    if (this.#cells.get(cell.key) === cell) this.#cells.delete(cell.key);
  }

  /** Puts everything away. */
  clear(): void {
    this.#timer?.done();
    this.#timer = undefined;
    this.#cells.clear();
  }

  #sweep(): void {
    this.#timer = undefined;
    const now = this.#clock.monotonic();
    for (const cell of this.#cells.values()) {
      if (cell.users > 0) continue;
      const left = cell.usedAt + this.#idle - now;
      if (left > 0) return void (this.#timer = this.#timers.set(left, () => this.#sweep()));
      this.#cells.delete(cell.key);
      this.#passivated(cell);
    }
  }
}
