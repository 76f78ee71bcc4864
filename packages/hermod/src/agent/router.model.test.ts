/** The rules against a naive evaluation: random routes over random messages. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Changes } from "../core/changes.ts";
import { messageTypes, type Envelope } from "../core/envelope.ts";
import { toAddress } from "../core/address.ts";
import { sample, tries } from "../core/samples.test.kit.ts";
import { RuleRouter } from "./router.ts";
import { route, type RouteOptions } from "./route.ts";

/** A condition as a user writes it, beside what it means. */
type Condition = readonly [
  written: string | ((envelope: Envelope) => boolean),
  holds: (e: Envelope) => boolean,
];

const conditions: readonly Condition[] = [
  ["*", () => true],
  ["type:task", ({ type }) => type === "task"],
  ["type:request priority:high", ({ type, priority }) => type === "request" && priority === 3],
  ["sender:res*", ({ from }) => from.startsWith("res")],
  ["sender:writer", ({ from }) => from === "writer"],
  ["priority:1", ({ priority }) => priority === 1],
  ["topic:a.*", ({ topic }) => topic === "a.b"],
  ["topic:a.>", ({ topic }) => topic?.startsWith("a.") === true],
  ["operation:re*", ({ operation }) => operation.startsWith("re")],
  ["metadata.tenant:acme", ({ metadata }) => metadata["tenant"] === "acme"],
  [({ metadata }) => "tenant" in metadata, ({ metadata }) => "tenant" in metadata],
  [() => false, () => false],
];

interface Drawn {
  readonly when: readonly Condition[];
  readonly to: readonly string[];
  readonly filter: Condition | undefined;
  readonly transform: boolean;
}

const condition = fc.constantFrom(...conditions);
const drawn: fc.Arbitrary<Drawn> = fc.record({
  when: fc.array(condition, { minLength: 1, maxLength: 3 }),
  to: fc.array(fc.constantFrom("a", "b", "c", "d", "e"), { minLength: 1, maxLength: 3 }),
  filter: fc.option(condition, { nil: undefined }),
  transform: fc.boolean(),
});

const message = fc
  .record({
    type: fc.constantFrom(...messageTypes),
    from: fc.constantFrom("writer", "research", "res.sea", "critic").map((name) => toAddress(name)),
    priority: fc.constantFrom(1, 2, 3, 4),
    topic: fc.constantFrom(undefined, "a", "a.b", "a.b.c"),
    operation: fc.constantFrom("", "re", "review", "note"),
    metadata: fc.constantFrom({}, { tenant: "acme" }, { tenant: "north" }),
  })
  .map((fields) => sample({ ...fields, to: undefined }));

/** What should come: to whom, and the number of the route whose changes its copy has. */
type Expected = readonly (readonly [to: string, changedBy: number | undefined])[];

function naive(routes: readonly Drawn[], envelope: Envelope): Expected {
  const found: [string, number | undefined][] = [];
  for (const [at, { when, to, filter, transform }] of routes.entries()) {
    let fits = false;
    for (const [, holds] of when) if (holds(envelope)) fits = true;
    if (filter && !filter[1](envelope)) fits = false;
    for (const name of to)
      if (fits && !found.some(([other]) => other === name)) found.push([name, transform ? at : undefined]);
  }
  return found;
}

test("the router finds what a naive evaluation finds, each transform called at most once, and the message untouched", () => {
  const check = (routes: readonly Drawn[], messages: readonly Envelope[]): void => {
    const calls = routes.map(() => 0);
    const router = new RuleRouter(
      routes.map(({ when, to, filter, transform }, at) => {
        const changed = (): Changes => ((calls[at] as number)++, { orderKey: String(at) });
        const options: RouteOptions = {
          ...(filter && { filter: filter[1] }),
          ...(transform && { transform: changed }),
        };
        return route(
          when.map(([written]) => written),
          to,
          options,
        );
      }),
    );
    for (const envelope of messages) {
      const before = structuredClone(envelope);
      calls.fill(0);
      const found = router.route(envelope).map(({ to, changes }) => [to, changes?.orderKey]);
      const wanted = naive(routes, envelope);
      assert.deepEqual(
        found,
        wanted.map(([to, by]) => [to, by === undefined ? undefined : String(by)]),
      );
      const used = new Set(wanted.map(([, by]) => by));
      assert.deepEqual(
        calls,
        calls.map((_, at) => (used.has(at) ? 1 : 0)),
      );
      assert.deepEqual(structuredClone(envelope), before);
    }
  };
  const messages = fc.array(message, { minLength: 1, maxLength: 3 });
  fc.assert(fc.property(fc.array(drawn, { maxLength: 6 }), messages, check), tries(6000));
});
