/** Later: what waits for a time and is not in memory. */

/** What a mailbox has in the file alone of what waits for a time: all that comes after a time and a number, and is not here. */
export class Later {
  count = 0;
  bytes = 0;
  due = -Infinity;
  seq = 0;
  fetching = false;

  /** True for a message that would stand behind those of the file. */
  isBehind(due: number, seq: number): boolean {
    return this.count > 0 && (due > this.due || (due === this.due && seq > this.seq));
  }

  /** One more is in the file alone. */
  add(due: number, seq: number, bytes: number): void {
    if (this.count === 0 || due < this.due || (due === this.due && seq <= this.seq))
      [this.due, this.seq] = [due, seq - 1];
    this.count++;
    this.bytes += bytes;
  }

  /** One less. */
  take(bytes: number): void {
    this.count--;
    this.bytes -= bytes;
  }
}
