/**
 * The process of a life: `life.ts MODULE SCENE FILE` plays a scene of `MODULE.scenes.ts` on a store's file and says what happens,
 * line by line, before the next statement runs.
 */
import { writeSync } from "node:fs";
import type { Scene } from "./life.kit.ts";

const [module, scene, file] = process.argv.slice(2) as [string, string, string];
const scenes = (await import(`./${module}.scenes.ts`)) as Readonly<Record<string, Scene>>;
await (scenes[scene] as Scene)(file, (line) => void writeSync(1, `${line}\n`));
