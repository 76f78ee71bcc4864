/**
 * The stories: agents at work on something, each conversation shown as a sequence and checked.
 *   npm run story [-- NAME]
 * Without a name it lists them. Exit code 0 when every check is right, 1 when one is wrong, 2 for a story that does not exist.
 */
import { nearestOf } from "./shared/nearest.ts";

const stories = {
  pipeline: "a researcher, a writer and an editor, one after the other",
  "code-review": "three critics and a quorum: two of them must approve",
  research: "a team that plans by calls, works by tasks, and writes its report as one watches",
  support: "a refund that a person must approve, over a restart too",
  machines: "three processes over NATS, one of which is killed; needs nats-server, or NATS_URL",
} as const;

const names = Object.keys(stories);
const [name, ...more] = process.argv.slice(2).filter((word) => word !== "--");

if (name === undefined) list();
else if (names.includes(name) && more.length === 0) await import(`./${name}/main.ts`);
else refuse(more[0] ?? name, more.length > 0);

function list(): void {
  const width = Math.max(...names.map(({ length }) => length));
  for (const [each, about] of Object.entries(stories)) console.log(`${each.padEnd(width)}  ${about}`);
}

function refuse(word: string, isSecond: boolean): void {
  const near = nearestOf(word, names).map((each) => `"${each}"`);
  const meant = near.length === 0 ? "" : ` Did you mean ${near.join(" or ")}?`;
  console.error(
    isSecond ? `One story at a time: "${word}" is too much.` : `There is no story "${word}".${meant}`,
  );
  console.error(`There are: ${names.join(", ")}.\nusage: npm run story -- NAME`);
  process.exitCode = 2;
}
