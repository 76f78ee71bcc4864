/** What cannot be done is told: its exit code, what is wrong and what to do, for people and for programs. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { agent, memory, start, type OpenStore, type Store } from "hermod";
import { remote } from "hermod/remote";
import { openAuth } from "../auth/principal.ts";
import { Hub } from "../hub.ts";
import { errorOf, hermod, openWorld, until, type World } from "./cli.test.kit.ts";
import { commands } from "./table.ts";

let world: World;
before(async () => {
  world = await openWorld();
});
after(() => world[Symbol.asyncDispose]());

const refusals: readonly (readonly [what: string, args: readonly string[], code: number, message: RegExp])[] =
  [
    ["nothing", [], 2, /no command/u],
    ["a command that is none, nearest named", ["agnets", "ls"], 2, /agnets.*agents/u],
    ["half a command", ["dlq"], 2, /needs a command/u],
    ["a form that is none", ["agents", "ls", "-o", "yaml"], 2, /table, json, ndjson, csv/u],
    ["two forms", ["agents", "ls", "--json", "-o", "csv"], 2, /does not go with -o csv/u],
    ["a field that is none, nearest named", ["messages", "ls", "--fields", "id,form"], 2, /"form".*"from"/u],
    ["no field", ["messages", "ls", "--fields", ""], 2, /no name/u],
    ["a pace that is too fast", ["top", "--every", "1ms"], 2, /--every/u],
    ["a progress that is none", ["bench", "--progress", "loud"], 2, /--progress/u],
    ["an option that is none, nearest named", ["dlq", "redrive", "--dryrun"], 2, /dryrun.*dry-run/u],
    ["too much", ["agents", "ls", "more"], 2, /too many/u],
    ["too little", ["call", "echo"], 2, /operation/u],
    ["an agent that is none, nearest named", ["call", "ecko", "say"], 3, /"ecko".*"echo"/u],
    ["an agent to look at that is none, nearest named", ["agents", "show", "eccho"], 3, /"eccho".*"echo"/u],
    ["a name with control characters", ["call", "ec\u0007ho", "say"], 2, /ec\\u0007ho/u],
    ["a name like an option", ["call", "--", "-echo", "say"], 2, /"-echo"/u],
    ["a name that turns the reading order", ["mailbox", "peek", "\u202eohce"], 3, /no agent/u],
    ["a payload that is no JSON", ["call", "echo", "say", "{not"], 2, /no JSON/u],
    ["a file that is not there", ["call", "echo", "say", "@nowhere.json"], 3, /nowhere/u],
    ["a folder for a payload", ["call", "echo", "say", "@."], 2, /directory/u],
    ["a filter that is none", ["messages", "ls", "--where", "form:writer"], 2, /from/u],
    ["a number that is none", ["messages", "ls", "--limit", "1e9"], 2, /--limit/u],
    ["a number that is too large", ["messages", "ls", "--limit", "100000"], 2, /--limit/u],
    ["a duration that is none", ["call", "echo", "say", "--timeout", "soon"], 2, /--timeout/u],
    ["a word that is none", ["conversations", "show", "tides", "--as", "poem"], 2, /sequence, timeline/u],
    ["an address that is none", ["agents", "ls", "--url", "not a url"], 2, /url \(--url\)/u],
    ["an address of another kind", ["agents", "ls", "--url", "file:///etc/passwd"], 2, /url \(--url\)/u],
    ["a token with a line break", ["agents", "ls", "--token", "a\nb"], 2, /token/u],
    ["a message that is none", ["messages", "show", "no-such"], 3, /no-such/u],
    ["an id like a filter", ["messages", "show", 'x" to:"echo'], 3, /is remembered/u],
    ["a conversation that is none", ["conversations", "show", "no-such"], 3, /no-such/u],
    ["a dead letter that is none", ["dlq", "redrive", "no-such"], 3, /no-such/u],
    ["a dead letter to drop that is none", ["dlq", "drop", "no-such", "--yes"], 3, /no-such/u],
    ["a task that is none", ["tasks", "show", "no-such"], 3, /no-such/u],
    ["a setting that is none", ["config", "explain", "prot"], 3, /"port"/u],
    ["an agent that answers with an error", ["call", "fails", "break"], 7, /luck/u],
    ["an agent that does not answer", ["call", "slow", "sleep", "--timeout", "50ms"], 6, /slow/u],
    ["a key that was used for something else", ["cast", "echo", "note", "2", "--key", "k"], 8, /k/u],
  ];

describe("what cannot be done is told on stderr, and by the exit code", { concurrency: 2 }, () => {
  before(() => world.system.cast("echo", "note", 1, { key: "k" }));
  for (const [what, args, code, message] of refusals)
    test(`${code}: ${what}`, async () => {
      const at = args.includes("--") ? args.indexOf("--") : args.length;
      const ran = await world.run(args.toSpliced(at, 0, "--json"));
      const error = errorOf(ran);
      assert.equal(ran.code, code, ran.err);
      assert.match(error.message, message);
      assert.match(error.code, /^(HERMOD_|E)[A-Z_]+$/u);
      const said = await world.run(args);
      assert.deepEqual([said.code, said.out], [code, ""]);
      assert.doesNotMatch(said.err.replaceAll("\n", ""), /[\p{Cc}\u202e]/u);
    });
  test("2: what comes in is no text, or endless", async () => {
    const binary = await world.run(["call", "echo", "say", "-", "--json"], {
      input: new Uint8Array([0, 255, 254, 1]),
    });
    assert.deepEqual([binary.code, errorOf(binary).code], [2, "HERMOD_BAD_PAYLOAD"]);
    const huge = await world.run(["call", "echo", "say", "-", "--json"], { input: "9".repeat(17 * 2 ** 20) });
    assert.deepEqual([huge.code, errorOf(huge).code], [2, "HERMOD_TOO_LARGE"]);
  });
  test("4: a token that the hub does not know", async () => {
    const auth = {
      ...openAuth,
      isOpen: false,
      identify: (token?: string) => (token === "right" ? openAuth.identify(undefined) : undefined),
    };
    await using hub = await Hub.open({ store: memory(), port: 0, auth });
    const ls = (token: string) =>
      hermod(["agents", "ls", "--json", "--url", hub.url], { env: { HERMOD_TOKEN: token } });
    const wrong = await ls("wrong");
    assert.deepEqual([wrong.code, errorOf(wrong).code], [4, "HERMOD_UNAUTHORIZED"]);
    assert.equal((await ls("right")).code, 0);
  });
});

describe("help", { concurrency: 2 }, () => {
  test("help is had as in other programs, and a command that lacks something names its own", async () => {
    const [help, helpOf] = await Promise.all([
      world.run(["help", "agents", "ls"]),
      world.run(["agents", "ls", "--help"]),
    ]);
    assert.deepEqual([help.code, help.out], [0, helpOf.out]);
    assert.match(help.out, /^Fields: name, state/mu);
    assert.match((await world.run(["--version"])).out, /^\d+\.\d+\.\d+\S*\n$/u);
    assert.match(errorOf(await world.run(["restore", "--json"])).hint ?? "", /^hermod restore --help/u);
    assert.match(errorOf(await world.run(["agents", "ls", "--json", "name"])).hint ?? "", /--json=name/u);
  });
});

describe("a hub that is not there", { concurrency: 2 }, () => {
  const needing = commands.filter(
    ({ isLocal, name }) =>
      isLocal !== true && !["bench", "doctor", "config explain", "config get"].includes(name),
  );
  const yes = new Set(["mailbox cancel"]);
  for (const { name, args = "" } of needing)
    test(`5: ${name}`, async () => {
      const given = [...args.matchAll(/<(\w+)>/gu)].map(([, word = ""]) => word);
      const sure =
        name.startsWith("dlq ") && /redrive|drop/u.test(name) ? ["--all"] : yes.has(name) ? ["--yes"] : [];
      const ran = await hermod([
        ...name.split(" "),
        ...given,
        ...sure,
        "--json",
        "--url",
        "http://localhost:1",
      ]);
      assert.deepEqual([ran.code, errorOf(ran).code], [5, "HERMOD_UNREACHABLE"]);
      assert.match(errorOf(ran).message, /http:\/\/localhost:1/u);
    });
  test("doctor says what to do", async () => {
    const ran = await hermod(["doctor", "--url", "http://localhost:1", "--store", "/nowhere/hub.db"]);
    assert.equal(ran.code, 1);
    assert.match(ran.out, /✖ hub .*\n +Start a hub \(hermod hub\)/u);
  });
});

describe("a hub that goes away meanwhile", () => {
  /** A hub whose store answers nothing more once it is told to be silent, and a connection that has just been made. */
  const silent = async () => {
    const [asked, never] = [Promise.withResolvers<void>(), new Promise<never>(() => undefined)];
    const open: OpenStore = async (env) => {
      const store = await memory()(env);
      const read = store.read.bind(store);
      const silenced: Store["read"] = (query) =>
        query.type === "history" ? (asked.resolve(), never) : read(query);
      return Object.assign(store, { read: silenced });
    };
    return { hub: await Hub.open({ store: open, port: 0 }), asked: asked.promise };
  };
  test("5: what asked it ends", async () => {
    const { hub, asked } = await silent();
    const ran = hermod(["messages", "ls", "--json", "--url", hub.url]);
    await asked;
    await hub.close();
    const { code, ...said } = await ran;
    assert.deepEqual([code, errorOf({ code, ...said }).code], [5, "HERMOD_UNREACHABLE"]);
    assert.match(errorOf({ code, ...said }).message, /went away/u);
  });
  test("6: a call ends at its timeout, though the hub has gone", async () => {
    const hub = await Hub.open({ store: memory(), port: 0 });
    const patient = agent("slow", { on: { request: () => new Promise(() => undefined) } });
    const system = await start({ store: remote(hub.url), agents: [patient] });
    const call = ["call", "slow", "say", "--timeout", "1s", "--json", "--conversation", "c"];
    const ran = hermod([...call, "--url", hub.url]).then(({ code }) => code);
    await until(async () => (await system.conversation("c"))[0]);
    await hub.close();
    assert.equal(await ran, 6);
    await system.close({ timeout: 0 });
  });
});
