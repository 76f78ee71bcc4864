/** Watching: who is woken, from when and until when. Law 8. */
import { critic, editor, nobody } from "./drafts.ts";
import { given, holds, same } from "./check.ts";
import { law, type Law } from "./law.ts";

export const watching: readonly Law[] = [
  law("a watch from before the mailbox was there hears its first message", async (bench) => {
    const ear = bench.listen(nobody);
    await bench.announce({}, nobody);
    await bench.send({ to: nobody });
    await bench.rest();
    holds(ear.count > 0, "the first message wakes nobody");
  }),
  law("all who watch are woken, and one that ends its watch then costs the others nothing", async (bench) => {
    const heard: string[] = [];
    const ends: (() => void)[] = [];
    for (const name of ["a", "b", "c"]) {
      const hear = (): void => {
        heard.push(name);
        if (name === "a") ends[0]?.();
      };
      ends.push(bench.store.watch(critic, hear));
    }
    await bench.send({});
    await bench.rest();
    same([...new Set(heard)].sort(), ["a", "b", "c"]);
  }),
  law("a watch that has ended hears nothing more, and can be ended again", async (bench) => {
    const [ended, other] = [bench.listen(), bench.listen()];
    ended.end();
    ended.end();
    await bench.send({});
    await bench.rest();
    same(ended.count, 0);
    holds(given(other.count) > 0, "the other watch is deaf");
  }),
  law("a watch hears of its own mailbox only", async (bench) => {
    await bench.announce({}, editor);
    const ear = bench.listen(editor);
    await bench.send({});
    await bench.rest();
    same(ear.count, 0);
  }),
];
