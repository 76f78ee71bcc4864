/**
 * Openings: stores that are opened in a process of their own, which tells what became of each and ends by itself: where it does not, something was
 * left behind. Run as a program it opens those that it is given as JSON.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { systemClock } from "../core/clock.ts";
import { HermodError } from "../core/errors.ts";
import { createEnv } from "../testing/store/env.ts";
import { nats } from "./nats.ts";
import type { NatsOptions } from "./options.ts";

/** What became of one: the error that it was refused with. */
export interface Opening {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** Opens all of them at once; answers when the process has ended. */
export async function openings(
  list: readonly NatsOptions[],
  signal: AbortSignal,
): Promise<readonly Opening[]> {
  const child = spawn(process.execPath, [import.meta.filename, JSON.stringify(list)], {
    stdio: ["ignore", "pipe", "inherit"],
    signal,
    killSignal: "SIGKILL",
  });
  const ended = once(child, "close");
  const said = await text(child.stdout);
  await ended;
  return JSON.parse(said) as Opening[];
}

async function opening(options: NatsOptions): Promise<Opening> {
  const { env } = createEnv();
  try {
    const store = await nats(options)({ ...env, clock: systemClock });
    await store.close();
    return { code: "opened", message: "", hint: "" };
  } catch (error) {
    if (!(error instanceof HermodError)) throw error;
    const { code, message, hint } = error;
    return { code, message, hint };
  }
}

if (import.meta.main) {
  const list = JSON.parse(process.argv[2] as string) as NatsOptions[];
  console.log(JSON.stringify(await Promise.all(list.map(opening))));
}
