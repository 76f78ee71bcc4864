/** Scenes on a disk or a file that fails under a process. */
import { rmSync } from "node:fs";
import { start } from "hermod";
import { sqlite } from "hermod/sqlite";
import { stay, type Scene } from "./life.kit.ts";

/** Sends until the disk is full. */
export const filling: Scene = async (file, say) => {
  const system = await start({ pull: ["desk"], store: sqlite(file), statistics: false });
  const text = "x".repeat(200_000);
  for (let n = 0; ; n++) {
    try {
      await system.cast("desk", "do", { n, text });
    } catch (error) {
      say(`full ${n} ${(error as { code: string }).code}`);
      await stay();
    }
  }
};

/** Sends fifty messages, and fifty more when its -wal is gone. */
export const unlinked: Scene = async (file, say) => {
  const system = await start({ pull: ["desk"], store: sqlite(file), statistics: false });
  for (let n = 0; n < 50; n++) await system.cast("desk", "do", n);
  rmSync(`${file}-wal`);
  const later = await Promise.allSettled([50, 51].map((n) => system.cast("desk", "do", n)));
  if (later.every(({ status }) => status === "rejected")) say("refused");
  await stay();
};
