/** Check: everything that can be wrong with a store's file, found by reading all of it. */
import type { DatabaseSync } from "node:sqlite";
import type { HermodError } from "../../../core/errors.ts";
import { examine } from "../inspect.ts";
import { openReader } from "../open.ts";
import { realPath } from "../place.ts";
import { toTrouble } from "../trouble.ts";
import { integrity } from "./copy.ts";
import { laws, type Law } from "./laws.ts";
import { begin, type Course, type MoveOptions } from "./move.ts";

/** Something that is wrong. */
export interface Finding {
  /** What was looked at: "file", "structure", "tables", "waiting", "copies" … */
  readonly check: string;
  readonly text: string;
}

/** What the check came to. */
export interface Checked {
  /** True when nothing is wrong. */
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  /** How many there are; undefined where they cannot be counted. */
  readonly messages: number | undefined;
  readonly waiting: number | undefined;
  readonly dead: number | undefined;
}

/**
 * Reads the whole file and lists what is wrong with it; beside an owner too. It takes as long as the reading of the file takes,
 * and each step of it holds up this thread.
 * @throws HermodError HERMOD_STORE_READONLY when there is no such file; HERMOD_CANCELLED.
 */
export async function check(file: string, options: MoveOptions = {}): Promise<Checked> {
  const course = begin("check", options);
  const real = realPath(file);
  const findings: Finding[] = [];
  const db = attempt(findings, "file", real, () => openReader(real));
  if (db === undefined)
    return { ok: false, findings, messages: undefined, waiting: undefined, dead: undefined };
  try {
    return await inspectAll(db, real, findings, course);
  } finally {
    db.close();
  }
}

async function inspectAll(
  db: DatabaseSync,
  file: string,
  findings: Finding[],
  course: Course,
): Promise<Checked> {
  const look = <T>(name: string, run: () => T): Promise<T | undefined> =>
    course.step(name, () => attempt(findings, name, file, run));
  // All steps see the same moment.
  db.exec("BEGIN");
  const lines = (await look("structure", () => integrity(db))) ?? [];
  findings.push(...lines.map((text) => ({ check: "structure", text })));
  await look("tables", () => examine(db, file));
  for (const law of laws) await look(law.check, () => judge(db, law, findings));
  const messages = await look("messages", () => countOf(db, "message"));
  const waiting = await look("waiting", () => countOf(db, "waiting"));
  const dead = await look("dead", () => countOf(db, "dead"));
  return { ok: findings.length === 0, findings, messages, waiting, dead };
}

function judge(db: DatabaseSync, { check: name, sql, text }: Law, findings: Finding[]): void {
  const broken = Number(Object.values(db.prepare(sql).get() ?? {})[0]);
  if (broken > 0) findings.push({ check: name, text: `${broken} ${text}` });
}

/** The rows of a table. */
export function countOf(db: DatabaseSync, table: "message" | "waiting" | "dead"): number {
  return Number(db.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.["count"]);
}

/** Damage is a finding, whatever else happens is an error. */
function attempt<T>(findings: Finding[], name: string, file: string, run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    const trouble = toTrouble(error, file);
    if (!isDamage(trouble)) throw trouble;
    findings.push({ check: name, text: trouble.message });
    return undefined;
  }
}

/** A damaged page can make any statement fail, with SQLite's plain error too. */
function isDamage({ code }: HermodError): boolean {
  return code === "HERMOD_STORE_CORRUPT" || code === "HERMOD_STORE";
}
