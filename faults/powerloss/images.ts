/** Images: as many power failures as asked for, each at a random point of one recording, each judged. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Draw } from "../random.ts";
import { Disk, type Image } from "./disk.ts";
import type { Op } from "./trace.ts";

/** What one image shows: nothing when all is as it should be. */
export interface Shown {
  /** It opens, and the file is sound. */
  readonly isSound: boolean;
  /** Confirmed and gone, or a confirmed end that is forgotten. */
  readonly lost: readonly string[];
  /** How many of them are ends: those messages would be handed out again. */
  readonly again?: number;
  /** Anything else that may not be. */
  readonly wrong: readonly string[];
  /** How many confirmed facts it was asked for. */
  readonly confirmed: number;
}

/** Opens the folder of an image and compares it with what the program had said when the power failed. */
export type Judge = (folder: string, said: string) => Shown | Promise<Shown>;

export interface Losses {
  readonly images: number;
  /** Images that did not open, or were corrupt. */
  readonly corrupt: number;
  /** Images that lacked something confirmed. */
  readonly lossy: number;
  /** Confirmed facts that were lost, over all images. */
  readonly lost: number;
  /** Messages whose confirmed end was among them. */
  readonly again: number;
  /** Confirmed facts that were looked for, over all images. */
  readonly confirmed: number;
  /** Images with something that may not be. */
  readonly wrong: number;
  readonly examples: readonly string[];
}

const EXAMPLES = 20;

export async function judgeImages(
  ops: readonly Op[],
  count: number,
  draw: Draw,
  work: string,
  judge: Judge,
): Promise<Losses> {
  const sum = {
    images: 0,
    corrupt: 0,
    lossy: 0,
    lost: 0,
    again: 0,
    confirmed: 0,
    wrong: 0,
    examples: [] as string[],
  };
  const points = Array.from({ length: count }, () => 1 + draw(ops.length)).toSorted((a, b) => a - b);
  const folder = join(work, "image");
  const disk = new Disk();
  let [done, said] = [0, ""];
  for (const point of points) {
    for (; done < point; done++) {
      const op = ops[done] as Op;
      disk.apply(op);
      if (op.type === "mark") said += op.text;
    }
    write(folder, disk.crash(draw));
    const shown = await judge(folder, said);
    note(sum, shown, `point ${point} of ${ops.length}`);
  }
  rmSync(folder, { recursive: true, force: true });
  return sum;
}

type Sum = { -readonly [K in keyof Losses]: Losses[K] } & { examples: string[] };

function note(sum: Sum, { isSound, lost, again = 0, wrong, confirmed }: Shown, where: string): void {
  sum.images++;
  sum.lost += lost.length;
  sum.again += again;
  sum.confirmed += confirmed;
  if (!isSound) sum.corrupt++;
  if (lost.length > 0) sum.lossy++;
  if (wrong.length > 0) sum.wrong++;
  const examples = [...lost.slice(0, 2).map((what) => `lost ${what}`), ...wrong.slice(0, 2)];
  for (const example of examples)
    if (sum.examples.length < EXAMPLES) sum.examples.push(`${where}: ${example}`);
}

function write(folder: string, image: Image): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [name, bytes] of image) writeFileSync(join(folder, name), bytes, { mode: 0o600 });
}
