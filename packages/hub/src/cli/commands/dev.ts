/** Dev: a hub, and the user's program beside it in a process of its own, started anew whenever one of its files changes. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { shownStore } from "../cluster.ts";
import type { Given, Run } from "../command.ts";
import { effectiveOfHub } from "../effective.ts";
import type { Io } from "../io.ts";
import { Usage } from "../problem.ts";
import { ended, openNear, untilAsked } from "../serving.ts";
import { fields, plain, toJson } from "../text.ts";

/** How long the program may take to end, in milliseconds. */
const PATIENCE = 10_000;

export const dev: Run = async (asked) => {
  const { io } = asked;
  const { host, port, store, tokens, names, hide, entry } = await asked.settings();
  const file = toEntry(asked.args[0] ?? entry, io);
  const failed = (error: unknown): void =>
    io.err(`tokens cannot be read, nobody is let in: ${plain((error as Error).message)}\n`);
  const hub = await openNear(
    { host, port, store, tokens, names, hide, config: await effectiveOfHub(asked.options, io) },
    failed,
  );
  if (port !== 0 && Number(new URL(hub.url).port) !== port)
    io.err(`port ${port} is taken: using the next free one\n`);
  say(asked, { hub: hub.url, store: shownStore(store), ...(file !== undefined && { entry: file }) });
  const child = file === undefined ? undefined : watched(file, hub.url);
  await untilAsked(io.signal);
  if (child) await stop(child);
  // Whoever could have answered has ended.
  await ended(hub, 0);
  return undefined;
};

/** @throws Usage for a file that is not there. */
function toEntry(entry: string | undefined, { path }: Io): string | undefined {
  if (entry === undefined) return undefined;
  const file = path(entry);
  if (existsSync(file)) return file;
  throw new Usage(`there is no file ${JSON.stringify(entry)}`, "Name the program that starts your agents.");
}

function say(
  { io, isJson }: Given,
  place: { readonly hub: string; readonly store: string; readonly entry?: string },
): void {
  io.out(isJson ? `${toJson({ v: 1, data: { ...place, url: place.hub } })}\n` : fields({ ...place }));
}

/** The program finds the hub by HERMOD_URL. What it prints goes aside. */
function watched(file: string, url: string): ChildProcess {
  return spawn(process.execPath, ["--watch", "--watch-preserve-output", file], {
    env: { ...process.env, HERMOD_URL: url },
    stdio: ["ignore", 2, 2],
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE);
  await gone;
  clearTimeout(timer);
}
