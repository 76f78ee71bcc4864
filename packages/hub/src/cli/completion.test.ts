/** Completion: what a shell is told that may come next. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { hermod, openWorld, prepare, until, type Known, type World } from "./cli.test.kit.ts";

let [world, known]: [World, Known] = [] as never;
before(async () => {
  world = await openWorld();
  known = await prepare(world);
});
after(() => world[Symbol.asyncDispose]());

describe("completion", { concurrency: 2 }, () => {
  const words = async (...typed: readonly string[]) =>
    (await world.run(["__complete", ...typed])).out.split("\n").flatMap((line) => line.split("\t")[0] || []);
  test("knows commands, options and their words", async () => {
    assert.deepEqual(await words("con"), ["conversations", "context", "config"]);
    assert.deepEqual(await words("breaker", ""), ["ls", "open", "close", "reset"]);
    assert.deepEqual(await words("dlq", "redrive", "--dr"), ["--dry-run"]);
    assert.deepEqual(await words("agents", "ls", "-o", "n"), ["ndjson"]);
    assert.deepEqual(await words("messages", "ls", "--fields", "id,conv"), ["id,conversationId"]);
    assert.deepEqual(await words("completion", ""), ["bash", "zsh", "fish"]);
    for (const typed of [["nonsense", ""], ["tree", "x"], ["call", "echo", "say", ""], []])
      assert.deepEqual((await words(...typed)).length > 0, typed.length === 0, typed.join(" "));
  });
  test("knows agents, operations and ids of the hub", async () => {
    // A hub that is busy may be too late for once.
    const has = (word: string, ...typed: readonly string[]) =>
      until(async () => (await words(...typed)).includes(word) || undefined);
    await has("lathe", "call", "la");
    await has("lathe", "call", "--timeout", "5s", "la");
    await has("say", "call", "echo", "");
    await has(known.call, "messages", "show", known.call.slice(0, -4));
    await has("tides", "conversations", "show", "ti");
    await has(known.dead, "dlq", "show", known.dead.slice(0, -4));
    await has(known.task, "tasks", "show", known.task.slice(0, -4));
  });
  test("gives nothing, and says nothing, where there is no hub", async () => {
    const ran = await hermod(["__complete", "call", ""], { env: { HERMOD_URL: "http://localhost:1" } });
    assert.deepEqual(ran, { code: 0, out: "", err: "" });
  });
  test("names of others mean nothing to a shell", async () => {
    await world.system.call("echo", "say", 1, { conversation: "$(touch hacked)" });
    await world.system.call("echo", "say", 1, { conversation: "a;b" });
    const shown = await until(async () => {
      const found = await words("conversations", "show", "");
      return found.length > 0 ? found : undefined;
    });
    for (const word of shown) assert.match(word, /^[\w.:@-]+$/u);
  });
  test("bash completes by the script", async () => {
    const { out } = await world.run(["completion", "bash"]);
    const script = join(world.folder, "completion.bash");
    writeFileSync(script, out);
    const main = join(import.meta.dirname, "main.ts");
    const typed = `hermod() { "${process.execPath}" "${main}" "$@"; }; . "${script}"
      COMP_WORDS=(hermod con); COMP_CWORD=1; COMP_LINE="hermod con"; COMP_POINT=10; _hermod; echo "\${COMPREPLY[@]}"; complete -p hermod`;
    const { promise, resolve } = Promise.withResolvers<string>();
    execFile("bash", ["-c", typed], { env: { ...process.env, HERMOD_URL: world.hub.url } }, (_error, said) =>
      resolve(said),
    );
    assert.equal(await promise, "conversations context config\ncomplete -o default -F _hermod hermod\n");
    for (const shell of ["zsh", "fish"])
      assert.match((await world.run(["completion", shell])).out, /hermod __complete/u);
    assert.equal((await world.run(["completion", "tcsh"])).code, 2);
  });
});
