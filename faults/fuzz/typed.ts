/**
 * Typed: what people type and set: arguments of the command line, variables of the environment and config files, read by the code that reads them
 * for every command. Anything but an answer, or an error that says what is wrong, is a crash. Some of it goes to the program itself as well.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { spawned } from "../../packages/hub/src/cli/cli.test.kit.ts";
import { exits } from "../../packages/hub/src/cli/exit.ts";
import { formOf } from "../../packages/hub/src/cli/forms.ts";
import type { Options } from "../../packages/hub/src/cli/options.ts";
import { toProblem } from "../../packages/hub/src/cli/problem.ts";
import { createProgram, withFields } from "../../packages/hub/src/cli/program.ts";
import { explain, known } from "../../packages/hub/src/cli/settings.ts";
import { commands, type CommandSpec } from "../../packages/hub/src/cli/table.ts";
import { drawsOf, pick, type Draw } from "../random.ts";
import type { Bound, Fuzzed } from "./fuzz.ts";
import { anything, mutated, words } from "./generate.ts";

/** Every how many inputs the program itself is run: that takes as long as hundreds of others. */
const PROGRAM = 400;
const MOST_EVIDENCE = 5;

/** One thing that was typed, in a folder with a config file, and under an environment. */
interface Typed {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly config: string;
}

export async function fuzzTyped(seed: number, bound: Bound, planted = false): Promise<Fuzzed> {
  const draw = drawsOf(seed);
  const folder = mkdtempSync(join(tmpdir(), "hermod-typed-"));
  const evidence: { said: string; inputs: string[] }[] = [];
  const ends = performance.now() + (bound.ms ?? Infinity);
  let [inputs, crashes] = [0, 0];
  try {
    while (performance.now() < ends && inputs < (bound.inputs ?? Infinity)) {
      const typed = generate(draw);
      const place = placed(folder, typed, inputs);
      const said =
        (await read(typed, place, planted)) ?? (inputs % PROGRAM === 0 ? await run(typed, place) : undefined);
      inputs++;
      if (said === undefined) continue;
      crashes++;
      if (evidence.length < MOST_EVIDENCE) evidence.push({ said, inputs: [JSON.stringify(typed)] });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { seed, inputs, crashes, evidence };
}

/** Files of one name are read once in a process: each input has a folder of its own. */
function placed(folder: string, { config }: Typed, number: number): string {
  const place = join(folder, String(number));
  mkdirSync(place);
  writeFileSync(join(place, "hermod.config.json"), config);
  return place;
}

function generate(draw: Draw): Typed {
  const spec = pick(draw, commands);
  const flags = (spec.options ?? []).map(
    ([flag]) => flag.split(/[ ,]/u).find((word) => word.startsWith("--")) ?? "--json",
  );
  const argv = [...spec.name.split(" ")];
  for (let left = draw(3); left > 0; left--) argv.push(word(draw));
  for (let left = draw(4); left > 0; left--) {
    argv.push(
      pick(draw, [...flags, "--json", "--fields", "-o", "--url", "--token", "--", `--${word(draw)}`]),
    );
    if (draw(3) > 0) argv.push(word(draw));
  }
  if (draw(8) === 0) argv.splice(draw(argv.length + 1), draw(2), word(draw));
  const env = Object.values(known).flatMap(({ env: name }) =>
    draw(6) === 0 ? [[name, plain(word(draw))]] : [],
  );
  return { argv: argv.map(plain), env: Object.fromEntries(env), config: config(draw) };
}

/** No process can be given these letters, or bytes that are no text. */
const plain = (text: string): string => text.replaceAll("\0", "").toWellFormed();

function word(draw: Draw): string {
  const said = anything(draw, 1);
  const text = typeof said === "string" ? said : JSON.stringify(said);
  return pick(draw, [
    text,
    text,
    ...words,
    "id,from",
    "csv",
    "1",
    "1s",
    "@x",
    "-",
    "0x10",
    "99999999999d",
  ]).slice(0, 300);
}

function config(draw: Draw): string {
  const keys = [...Object.keys(known), "__proto__", "extends", "x"];
  const settings = Object.fromEntries(
    Array.from({ length: draw(4) }, () => [pick(draw, keys), anything(draw, 2)]),
  );
  const text = JSON.stringify(settings);
  return draw(3) === 0 ? mutated(draw, text) : text;
}

/** Reads it as each command does; what it says where that is no answer. */
async function read({ argv, env }: Typed, folder: string, planted: boolean): Promise<string | undefined> {
  const carry = async (spec: CommandSpec, _args: unknown, options: Options): Promise<void> => {
    if (planted && options["json"] === true) throw new TypeError("planted");
    formOf(options, spec.fields ?? []);
    await explain(options, { env, path: (typed) => resolve(folder, typed) });
  };
  try {
    await createProgram(carry, () => undefined).parseAsync([...withFields(argv)], { from: "user" });
    return undefined;
  } catch (error) {
    const { code } = Object(error) as { readonly code?: unknown };
    const isParsers = typeof code === "string" && code.startsWith("commander.");
    return isParsers || toProblem(error).exit !== exits.unexpected
      ? undefined
      : `${String(error)}\n${(error as Error).stack}`;
  }
}

/** Begins something that lasts, writes where it is told to, or asks whom it is told to. */
const LASTING = new Set([
  "hub",
  "dev",
  "bench",
  "top",
  "backup",
  "restore",
  "compact",
  "token",
  "context",
  "tail",
  "doctor",
]);
const ASKING = ["--url", "--context"];

/** The program itself, with a hub that is not there. */
async function run({ argv, env }: Typed, folder: string): Promise<string | undefined> {
  if (argv.some((each) => LASTING.has(each) || ASKING.some((option) => each.startsWith(option))))
    return undefined;
  const { code, err } = await spawned(argv, {
    cwd: folder,
    env: { ...env, HERMOD_URL: "http://127.0.0.1:1" },
  });
  const isTold =
    code !== exits.unexpected && Object.values(exits).includes(code as never) && !/\n {4}at /u.test(err);
  return isTold ? undefined : `ended with ${code}: ${err.slice(0, 2000)}`;
}
