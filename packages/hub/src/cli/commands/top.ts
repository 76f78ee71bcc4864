/** Top: the board of who has how much to do, over the whole screen, drawn anew again and again; elsewhere one look. */
import { setTimeout as pause } from "node:timers/promises";
import type { Store, System } from "hermod";
import { boardText, picture, rowsOf } from "../board.ts";
import type { Answer, Given, Run } from "../command.ts";
import { withHub } from "../connect.ts";
import { allCounts } from "../mailboxes.ts";
import { durationOf, textOf } from "../options.ts";
import { Usage } from "../problem.ts";
import { showCounts } from "../../shown.ts";

/** Letters are counted one by one, so they are counted more seldom than the rest is. */
const LETTERS = 5000;

export const top: Run = async (asked) => {
  const { options, isJson, io } = asked;
  const every = durationOf(options, "every") ?? 1000;
  if (every < 100) throw new Usage("--every must be 100ms or more");
  const isLive =
    io.look.isTerminal &&
    !isJson &&
    textOf(options, "output") === undefined &&
    textOf(options, "fields") === undefined;
  return withHub(
    asked,
    ({ store, system }) => (isLive ? live(asked, store, system, every) : once(store, every)),
    { isPatient: isLive },
  );
};

async function once(store: Store, every: number): Promise<Answer> {
  const [before, begun] = [await allCounts(store), performance.now()];
  await pause(every);
  const rows = rowsOf(before, await allCounts(store), performance.now() - begun);
  return {
    data: rows.map((row) => showCounts(row)),
    text: (look) => boardText(rows, look, Date.now()),
  };
}

const OPEN = "\u001b[?1049h\u001b[?25l";
const CLOSE = "\u001b[?25h\u001b[?1049l";

/** The screen is given back however it ends. */
async function live(asked: Given, store: Store, system: System, every: number): Promise<undefined> {
  const { io } = asked;
  const { url } = await asked.settings();
  const close = (): void => void process.stdout.write(CLOSE);
  const { signal, end } = keys(asked);
  process.on("exit", close);
  io.out(OPEN);
  try {
    let [before, at] = [await allCounts(store), performance.now()];
    let [dead, countedAt] = [0, -Infinity];
    while (!signal.aborted) {
      if (performance.now() - countedAt > LETTERS) {
        dead = (await system.deadLetters.groups()).reduce((all, { count }) => all + count, 0);
        countedAt = performance.now();
      }
      const now = await allCounts(store);
      const rows = rowsOf(before, now, performance.now() - at);
      [before, at] = [now, performance.now()];
      const { columns, rows: height } = process.stdout;
      const text = picture(rows, { url, dead, at: Date.now() }, { ...io.look, width: columns }, height);
      io.out(`\u001b[H${text.replaceAll("\n", "\u001b[K\n")}\u001b[K\u001b[J`);
      await pause(every, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    end();
    process.off("exit", close);
    close();
  }
  io.signal.throwIfAborted();
  return undefined;
}

/** `q` ends it, and Ctrl-C, which is a key like any other while keys are heard one by one. */
function keys({ io }: Given): { readonly signal: AbortSignal; readonly end: () => void } {
  const { stdin } = io;
  const ending = new AbortController();
  const hear = (typed: Buffer): void => {
    const text = typed.toString();
    if (text.includes("\u0003")) process.kill(process.pid, "SIGINT");
    else if (text.includes("q")) ending.abort();
  };
  if (stdin.isTTY) {
    stdin.setRawMode?.(true);
    stdin.on("data", hear);
  }
  return {
    signal: AbortSignal.any([io.signal, ending.signal]),
    end: () => {
      stdin.off("data", hear).pause();
      if (stdin.isTTY) stdin.setRawMode?.(false);
    },
  };
}
