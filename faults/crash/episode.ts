/** Episode: up to fifty kills of the owners of one file, a last owner that works off what is left, and the verdict over all. */
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { check } from "../history/check.ts";
import type { Event } from "../history/event.ts";
import type { Verdict } from "../history/verdict.ts";
import type { Draw } from "../random.ts";
import { toEvents } from "../workload/lines.ts";
import type { Orders } from "./owner.ts";

export interface EpisodeOptions {
  /** A folder of its own; it is removed when nothing was found, and gets the history when something was. */
  readonly folder: string;
  readonly kills: number;
  readonly draw: Draw;
  /** The fault that the store of those who are killed has; "" for none. */
  readonly plant: string;
  /** The fewest events of an owner before it is killed; default 0, and some are killed while they start. */
  readonly least?: number;
}

export interface Episode {
  readonly kills: number;
  readonly verdict: Verdict;
  /** Confirmed sends and acks. */
  readonly confirmed: number;
  readonly acked: number;
  /** Tasks that have ended, and those of them that were cancelled. */
  readonly tasks: number;
  readonly cancelled: number;
  /** What is wrong with the file or an owner: no history can be judged by that. */
  readonly broken: readonly string[];
}

const program = join(import.meta.dirname, "owner.ts");
const compiled = join(import.meta.dirname, "../../node_modules/.cache/compiled");

/** Longest that an owner may take to be ready, and the last one to end, in milliseconds. */
const LONGEST = 30_000;
/** Kills fall within so many milliseconds after an owner was ready, … */
const WINDOW = 140;
/** … but one of eight already while it starts. */
const EARLY = 60;

export async function runEpisode(options: EpisodeOptions): Promise<Episode> {
  const { folder, kills } = options;
  mkdirSync(folder, { recursive: true });
  const history: Event[] = [];
  const broken: string[] = [];
  for (let life = 0; life <= kills && broken.length === 0; life++) {
    const complaint = await live(options, life, life === kills);
    history.push(...toEvents(readFileSync(join(folder, "events"), "utf8")));
    history.push({ kind: "restart", process: "owner", time: history.at(-1)?.time ?? 0 });
    if (complaint !== undefined) broken.push(`life ${life}: ${complaint}`);
  }
  broken.push(...integrityErrors(join(folder, "store.db")));
  const verdict = check(history);
  if (!verdict.faulty && broken.length === 0) rmSync(folder, { recursive: true });
  else writeFileSync(join(folder, "history"), history.map((event) => `${JSON.stringify(event)}\n`).join(""));
  return { kills, verdict, broken, ...countConfirmed(history) };
}

function countConfirmed(
  history: readonly Event[],
): Pick<Episode, "confirmed" | "acked" | "tasks" | "cancelled"> {
  const count = (kind: string): number =>
    history.filter((event) => event.kind === kind && "phase" in event && event.phase === "ok").length;
  const logs = history.flatMap((event) => (event.kind === "logs" ? event.logs : []));
  const ends = logs.flatMap(({ entries }) => entries.find(({ type }) => type === "end") ?? []);
  const cancelled = ends.filter((end) => end.type === "end" && end.state === "cancelled").length;
  return { confirmed: count("send"), acked: count("acked"), tasks: ends.length, cancelled };
}

/** One life of an owner; a complaint where it ended by itself, or did not end. */
async function live(options: EpisodeOptions, life: number, drain: boolean): Promise<string | undefined> {
  const owner = born(options, life, drain);
  let isLate = false;
  const late = setTimeout(() => (isLate = owner.kill("SIGKILL")), LONGEST);
  if (!drain) killSoon(owner, options);
  const { signal, code, text } = await endOf(owner);
  clearTimeout(late);
  if (isLate) return `it was not ${drain ? "done" : "ready"} after ${LONGEST} ms: ${text}`;
  if (drain ? code === 0 : signal === "SIGKILL") return undefined;
  return `it ended with ${signal ?? code}: ${text.trim().slice(-2000)}`;
}

function born(
  { folder, draw, plant: given, least: wanted = 0 }: EpisodeOptions,
  life: number,
  drain: boolean,
): ChildProcess {
  const events = openSync(join(folder, "events"), "w");
  const file = join(folder, "store.db");
  const plant = drain ? "" : given;
  const least = drain ? 0 : wanted;
  const orders: Orders = { file, name: `w${life}`, seed: draw(2 ** 31), plant, drain, least };
  const owner = spawn(process.execPath, [program, JSON.stringify(orders)], {
    stdio: ["ignore", "pipe", "pipe", events],
    // Half of a short life would go into compiling.
    env: { ...process.env, NODE_COMPILE_CACHE: compiled },
  });
  closeSync(events);
  return owner;
}

function killSoon(owner: ChildProcess, { draw, least = 0 }: EpisodeOptions): void {
  const kill = (): void => void owner.kill("SIGKILL");
  const [isEarly, early, wait] = [draw(8) === 0, draw(EARLY), 2 + draw(WINDOW)];
  if (isEarly && least === 0) setTimeout(kill, early);
  else owner.stdout?.once("data", () => setTimeout(kill, wait));
}

function endOf(
  owner: ChildProcess,
): Promise<{ readonly signal: string | null; readonly code: number | null; readonly text: string }> {
  let text = "";
  owner.stderr?.on("data", (part: Buffer) => (text += part.toString()));
  owner.stdout?.resume();
  return new Promise((resolve, reject) => {
    owner.once("error", reject);
    owner.once("close", (code, signal) => resolve({ signal, code, text }));
  });
}

function integrityErrors(file: string): readonly string[] {
  try {
    const database = new DatabaseSync(file, { readOnly: true });
    const rows = database.prepare("PRAGMA integrity_check").all();
    database.close();
    const found = rows.map((row) => String(row["integrity_check"]));
    return found.length === 1 && found[0] === "ok" ? [] : found.map((line) => `integrity: ${line}`);
  } catch (error) {
    return [`the file does not open: ${String(error)}`];
  }
}
