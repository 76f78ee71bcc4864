/** Crew: the machines, each a process. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("./machine.ts", import.meta.url));

/** Somebody has taken a parcel. */
export interface Begun {
  readonly machine: string;
  readonly parcel: number;
}

export class Crew {
  /** All that was begun, in the order in which it was heard of. */
  readonly begun: Begun[] = [];
  readonly #machines = new Map<string, ChildProcess>();
  /** Where machines keep their copies of the journals: one that is killed takes nothing away. */
  readonly #folder = mkdtempSync(join(tmpdir(), "machines-crew-"));

  /** Starts a machine, which is killed as it takes its `last` parcel; resolves when it is ready. */
  async add(url: string, namespace: string, machine: string, last?: number): Promise<void> {
    const words = [program, url, namespace, machine, ...(last === undefined ? [] : [String(last)])];
    const child = spawn(process.execPath, words, {
      env: { ...process.env, TMPDIR: this.#folder },
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#machines.set(machine, child);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    child.once("exit", (code) => reject(new Error(`machine ${machine} ended with code ${code}`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const [word, number] = line.split(" ");
      if (word === "ready") resolve();
      if (word === "begun") this.begun.push({ machine, parcel: Number(number) });
    });
    await promise;
  }

  /** How a machine was ended; undefined while it runs. */
  signalOf(machine: string): NodeJS.Signals | undefined {
    return this.#machines.get(machine)?.signalCode ?? undefined;
  }

  /** Tells all to end, and waits for it. */
  async end(): Promise<void> {
    await Promise.all([...this.#machines.values()].map(ended));
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function ended(child: ChildProcess): Promise<void> {
  child.stdin?.on("error", () => undefined).end();
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}
