/** Exporting: a long list put out item by item, told how far it is, and gone on with where somebody ended it. */
import type { Paged } from "hermod";
import type { Given } from "./command.ts";
import { textOf } from "./options.ts";
import { Progress, resumed } from "./progress.ts";
import { eachPage } from "./records.ts";
import { toJson } from "./text.ts";

type Page<T> = (place: { readonly after?: string }) => Promise<Paged<T>>;

/** Puts all of them out, from the place of `--after` on; `what` is what they are. */
export async function exported<T>(
  given: Given,
  what: string,
  read: Page<T>,
  show: (item: T) => unknown,
): Promise<void> {
  const progress = new Progress(given, "export");
  let [done, place] = [0, textOf(given.options, "after")];
  using _ = resumed(
    given,
    progress,
    () => `stopped after ${done} ${what}; the rest: the same with --after ${place ?? "0"}`,
  );
  await eachPage(
    read,
    (items, next) => {
      for (const each of items.map(show)) given.emit(each, `${toJson(each)}\n`);
      place = next ?? place;
      progress.tell((done += items.length));
    },
    place,
  );
  progress.end();
  if (!given.isJson) given.io.err(`${done} ${what}\n`);
}
