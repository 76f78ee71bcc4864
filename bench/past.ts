/**
 * A long past: a file with many waiting messages of a hundred agents, in conversations of fifty. It is built once a run through
 * the store itself, by a process of its own.
 */
import { execFile } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { sharedFile } from "./disk.ts";
import { payload, type Payload } from "./payload.ts";

/** How many messages the past has: the sizes of the keys that read it, of which the larger one is judged. */
export const PAST = [1_000_000, 100_000] as const;
export const AGENTS = 100;

const BUILDER = fileURLToPath(new URL("./building.ts", import.meta.url));
const BUILDING_LIMIT_MS = 600_000;

/** The file with so many messages, built unless it is there. */
export async function pastFile(messages: number): Promise<string> {
  const file = sharedFile(`past-${messages}.db`);
  if (existsSync(builtMark(file))) return file;
  await promisify(execFile)(process.execPath, [BUILDER, file, String(messages)], {
    timeout: BUILDING_LIMIT_MS,
  });
  writeFileSync(builtMark(file), "");
  return file;
}

/** Stands beside a file that is complete. */
const builtMark = (file: string): string => `${file}.built`;

export const agentName = (agent: number): string => `agent-${agent % AGENTS}`;
/** Neighbouring messages go to different agents. */
export const agentOf = (index: number): number => (index * 37) % AGENTS;

const OPEN = 1_000;
const EACH = 50;
/** A thousand conversations go on at a time, so that no page of one stands together in the file. */
export const conversationOf = (index: number): string =>
  `talk-${Math.floor(index / (OPEN * EACH)) * OPEN + (index % OPEN)}`;

const WORDS = 5_000;
const WORDS_EACH = 12;

/** The word of a rank: rank 0 is in every tenth message or so, the last ones in few. */
export const wordAt = (rank: number): string => `w${(rank * 7919 + 104_729).toString(36)}`;

/** A number in [0, 1) for each index, always the same. */
export function chance(index: number): number {
  let bits = Math.imul(index + 0x9e3779b9, 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32;
}

/** The message as the other keys send it, with words of its own: frequent ones and rare ones, as in a language. */
export function pastPayload(index: number): Payload {
  const words = Array.from({ length: WORDS_EACH }, (_, at) => wordAt(rankAt(index * WORDS_EACH + at)));
  return { ...payload(index), text: words.join(" ") };
}

/** The chance of a rank falls with its square root's distance: the first hundred make up half of all. */
const rankAt = (index: number): number => Math.floor(WORDS ** chance(index)) - 1;
