/** Scenes of other programs on the store's file. */
import { DatabaseSync } from "node:sqlite";
import type { Scene } from "./life.kit.ts";

/** A program that looks at the file again and again, and takes its time over each look. */
export const reading: Scene = async (file, say) => {
  const db = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
  const count = db.prepare("SELECT count(*) AS count, sum(length(body)) FROM message");
  for (let look = 1; ; look++) {
    db.exec("BEGIN");
    count.get();
    await new Promise((resolve) => setTimeout(resolve, 10));
    db.exec("COMMIT");
    say(`look ${look}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
};
