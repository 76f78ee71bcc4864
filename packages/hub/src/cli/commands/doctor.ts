/** Doctor: looks at all that a hub and its clients need, and says what to do where something is wrong. */
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { describe as describeStore } from "hermod/sqlite";
import { isCluster, lookAtCluster, shownStore } from "../cluster.ts";
import type { Given, Run } from "../command.ts";
import { connect } from "../connect.ts";
import { exits } from "../exit.ts";
import { isSet } from "../options.ts";
import { portOwner } from "../portowner.ts";
import { toProblem, Usage } from "../problem.ts";
import type { Settings } from "../settings.ts";
import { storePlace } from "../storeplace.ts";
import { plain } from "../text.ts";

/** What was looked at. */
interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly text: string;
  /** What to do. */
  readonly fix?: string;
}

export const doctor: Run = async (asked) => {
  const settings = await asked.settings();
  const findings = [
    node(),
    await reach(settings),
    await port(settings),
    await (isCluster(settings.store) ? cluster(settings.store) : store(asked)),
    ...clock(),
    await model(asked),
  ];
  const isWell = findings.every(({ ok }) => ok);
  return {
    data: findings.map(({ fix, ...rest }) => ({ ...rest, ...(!rest.ok && fix !== undefined && { fix }) })),
    text: ({ paint }) =>
      findings
        .map(({ check, ok, text, fix }) => {
          const mark = ok ? paint("green", "✔") : paint("red", "✖");
          return `${mark} ${check.padEnd(6)} ${plain(text)}\n${ok || fix === undefined ? "" : `         ${plain(fix)}\n`}`;
        })
        .join(""),
    exit: isWell ? exits.ok : exits.unexpected,
  };
};

const LEAST_NODE = 24;

function node(): Finding {
  const isNew = Number(process.versions.node.split(".", 1)[0]) >= LEAST_NODE;
  return {
    check: "node",
    ok: isNew,
    text: process.version,
    fix: `Hermod needs Node ${LEAST_NODE} or newer.`,
  };
}

async function reach(settings: Settings): Promise<Finding> {
  const begun = performance.now();
  try {
    await using connection = await connect(settings);
    const { name, durable } = connection.store.level;
    const kind = name.slice(name.lastIndexOf(": ") + 1).trim();
    const ms = Math.round(performance.now() - begun);
    return {
      check: "hub",
      ok: true,
      text: `${settings.url} answers in ${ms}ms; store ${kind}${durable ? "" : ", not durable"}`,
    };
  } catch (error) {
    const { code, message, hint } = toProblem(error);
    return { check: "hub", ok: false, text: `${code} ${message}`, ...(hint !== undefined && { fix: hint }) };
  }
}

/** Whether a hub could be started here; where one runs, its port is taken by it. */
async function port({ host, port: number }: Settings): Promise<Finding> {
  const failure = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    const server = createServer();
    server.once("error", resolve);
    server.listen(number, host, () => server.close(() => resolve(undefined)));
  });
  if (failure === undefined) return { check: "port", ok: true, text: `${number} is free` };
  const fix = "Choose another one by HERMOD_PORT or in hermod.config.";
  if (failure.code !== "EADDRINUSE")
    return { check: "port", ok: false, text: `${number}: ${failure.message}`, fix };
  const owner = (await portOwner(host, number)) ?? "another program";
  return { check: "port", ok: owner.startsWith("a hub"), text: `${number} is in use by ${owner}`, fix };
}

async function store(asked: Given): Promise<Finding> {
  try {
    const { file, hub } = await storePlace(asked);
    if (!existsSync(file))
      return { check: "store", ok: true, text: `${file} is not there yet; a hub makes it` };
    const { messages, waiting, dead, bytes, owner } = describeStore(file);
    const by = owner === undefined ? "" : `, in use by process ${owner.pid ?? "unknown"}`;
    const at = hub ?? owner?.hub;
    const of = at === undefined ? "" : `, the store of the hub at ${at}`;
    return {
      check: "store",
      ok: true,
      text: `${file}  ${messages} messages, ${waiting} waiting, ${dead} dead, ${bytes} bytes${by}${of}`,
    };
  } catch (error) {
    const { code, message, hint } = toProblem(error);
    return {
      check: "store",
      // A hub that has no file here, or does not say where it is, is well.
      ok: error instanceof Usage,
      text: error instanceof Usage ? message : `${code} ${message}`,
      ...(hint !== undefined && { fix: hint }),
    };
  }
}

async function cluster(store: string): Promise<Finding> {
  try {
    const { namespace, server, cluster: name, journals, replicas, bytes } = await lookAtCluster(store);
    const at = name === undefined ? `nats ${server}` : `nats ${server}, cluster ${name}`;
    const what =
      journals === 0
        ? `namespace ${namespace} is not there yet; a hub makes it`
        : `namespace ${namespace}: ${counted(journals, "journal")} of ${counted(replicas, "replica")}, ${counted(bytes, "byte")}`;
    return { check: "store", ok: true, text: `${shownStore(store)}  ${at}; ${what}` };
  } catch (error) {
    const { code, message, hint } = toProblem(error);
    return {
      check: "store",
      ok: false,
      text: `${code} ${message}`,
      ...(hint !== undefined && { fix: hint }),
    };
  }
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** A clock before this release was made gives deadlines that have passed. */
const MADE = Date.UTC(2025, 0, 1);

function clock(): readonly Finding[] {
  const now = Date.now();
  return [
    {
      check: "clock",
      ok: now > MADE,
      text: new Date(now).toISOString(),
      fix: "Set the clock of this machine.",
    },
  ];
}

async function model({ options, io }: Given): Promise<Finding> {
  const { modelFromEnv } = await import("hermod/ai");
  try {
    const found = modelFromEnv(io.env);
    if (found === undefined) return { check: "model", ok: true, text: "simulated (LLM_MODEL is not set)" };
    if (!isSet(options, "model"))
      return { check: "model", ok: true, text: `${found.name}; --model asks it one word` };
    const { text } = await found.generate({ messages: [{ role: "user", content: "Say: ok" }] });
    return { check: "model", ok: true, text: `${found.name} answers ${JSON.stringify(text.slice(0, 40))}` };
  } catch (error) {
    const { code, message, hint } = toProblem(error);
    return {
      check: "model",
      ok: false,
      text: `${code} ${message}`,
      ...(hint !== undefined && { fix: hint }),
    };
  }
}
