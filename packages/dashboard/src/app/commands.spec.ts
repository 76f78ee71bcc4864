import { parseFilter } from "hermod";
import fc from "fast-check";
import { expect, test } from "vitest";
import { agentCommands, fits, idCommands, screenCommands, searchCommands } from "./commands.ts";

const went: string[] = [];
const go = (path: string): void => void went.push(path);

test("every screen is offered with its keys", () => {
  const { items } = screenCommands(go);
  expect(items.length).toBeGreaterThan(10);
  items.find(({ label }) => label === "Dead letters")?.run();
  expect(went.pop()).toBe("/dead-letters");
});

test("agents are found by a part of their name, the nearest first, and not all at a time", () => {
  const names = ["rewriter", "writer/2", "writer", "critic"];
  expect(agentCommands(names, "writ", go).items.map(({ label }) => label)).toEqual([
    "writer",
    "writer/2",
    "rewriter",
  ]);
  expect(
    agentCommands(
      Array.from({ length: 999 }, (_, at) => `a${at}`),
      "",
      go,
    ).items.length,
  ).toBe(50);
  agentCommands(["a/b#c"], "", go).items[0]?.run();
  expect(went.pop()).toBe("/agents/a%2Fb%23c");
});

test("what may be an id leads to its message and its conversation; a word does not", () => {
  const id = "01a200ce-e8e7-7000-88bb-263956ce011f";
  expect(idCommands(` ${id} `, go).items.map(({ label }) => label)).toEqual([
    `Message ${id}`,
    `Conversation ${id}`,
  ]);
  for (const word of ["", "overview", "two words 12345", "a1"])
    expect(idCommands(word, go).items).toEqual([]);
});

test("whatever is typed is no address of anything else, and a search that the hub understands", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), (typed) => {
      for (const { items } of [idCommands(typed, go), searchCommands(typed, go)])
        for (const each of items) {
          each.run();
          const url = new URL(went.pop() ?? "", "http://x");
          expect(url.host).toBe("x");
          const where = url.searchParams.get("where");
          if (where !== null) expect(parseFilter(where).length).toBeGreaterThan(0);
        }
    }),
  );
});

test("what is written as a filter stays one; anything else is looked for as it stands", () => {
  const whereOf = (typed: string): string | null => {
    searchCommands(typed, go).items[0]?.run();
    return new URL(went.pop() ?? "", "http://x").searchParams.get("where");
  };
  expect(whereOf("to:writer state:dead")).toBe("to:writer state:dead");
  expect(parseFilter(whereOf('say "hi') ?? "")[0]?.value).toBe('say "hi');
  expect(parseFilter(whereOf("C:\\x fro:m") ?? "")[0]?.value).toBe("C:\\x fro:m");
});

test("a command fits where each word stands in it", () => {
  const dark = { label: "Colours: dark", note: "theme" };
  expect([fits(dark, "dark col"), fits(dark, "theme"), fits(dark, ""), fits(dark, "light")]).toEqual([
    true,
    true,
    true,
    false,
  ]);
});
