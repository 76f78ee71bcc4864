/**
 * The process of a life: `life.ts MODULE SCENE FILE` plays a scene of `MODULE.scenes.ts` on a store's file and says what happens,
 * line by line, before the next statement runs.
 */
import { writeSync } from "node:fs";
import type { Scene } from "./life.kit.ts";

const [module, scene, file] = process.argv.slice(2) as [string, string, string];
const scenes = (await import(`./${module}.scenes.ts`)) as Readonly<Record<string, Scene>>;
await (scenes[scene] as Scene)(file, say);

function say(line: string): void {
  for (let rest = Buffer.from(`${line}\n`); rest.length > 0;) rest = rest.subarray(written(rest));
}

/** Bytes of it that are said: none where whoever listens is slower than a store in memory, and the pipe is full. */
function written(bytes: Buffer): number {
  try {
    return writeSync(1, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    return 0;
  }
}
