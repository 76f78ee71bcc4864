/** The AsyncAPI document: whole, without loose ends, and served. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { operations } from "hermod/remote";
import { asyncApi } from "./asyncapi.ts";

type Json = Readonly<Record<string, unknown>>;

const document = asyncApi();

/** What a reference points to. */
function found(ref: string): unknown {
  assert.ok(ref.startsWith("#/"), ref);
  return ref
    .slice(2)
    .split("/")
    .reduce<unknown>((value, key) => (value as Json | undefined)?.[key], document);
}

function references(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  const own = (value as Json)["$ref"];
  return [...(typeof own === "string" ? [own] : []), ...Object.values(value).flatMap(references)];
}

test("every reference leads somewhere, and every schema is led to", () => {
  const refs = new Set(references(document));
  for (const ref of refs) assert.notEqual(found(ref), undefined, ref);
  const { schemas, messages } = document["components"] as Record<string, Json>;
  for (const name of Object.keys(schemas as Json)) {
    if (name !== "filter") assert.ok(refs.has(`#/components/schemas/${name}`), name);
  }
  for (const name of Object.keys(messages as Json))
    assert.ok(refs.has(`#/channels/socket/messages/${name}`), name);
});

test("every operation is there, with a reply that is its answer or an error", () => {
  const described = document["operations"] as Record<string, Json>;
  for (const op of operations) {
    const { action, reply } = described[op] as { action: string; reply: { messages: unknown } };
    assert.equal(action, "receive");
    assert.deepEqual(reply.messages, [
      { $ref: `#/channels/socket/messages/${op}.answer` },
      { $ref: "#/channels/socket/messages/failed" },
    ]);
  }
  assert.equal((described["wake"] as Json)["action"], "send");
  assert.equal((described["hello"] as Json)["action"], "receive");
});
