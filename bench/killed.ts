/** A process that is killed when it has said what it has to say, so that it closes nothing. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { atEnd } from "./disk.ts";

/** Runs a script without the flags of this process, which would let it use more memory; answers its first line. */
export async function lineThenKill(
  script: string,
  args: readonly string[],
  limitMs: number,
): Promise<string> {
  const child = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  atEnd(() => child.kill("SIGKILL"));
  const timer = setTimeout(() => child.kill("SIGKILL"), limitMs);
  const ended = new Promise((resolve) => child.once("close", resolve));
  for await (const line of createInterface(child.stdout)) {
    clearTimeout(timer);
    child.kill("SIGKILL");
    await ended;
    return line;
  }
  throw new Error(`${script} ended without a word, or said nothing in ${limitMs} ms`);
}
