/** AsyncAPI: the protocol of the socket as a document for machines, made of the schemas that its tests hold against real traffic. */
import { MOST_MESSAGE, PROTOCOL, operations, type Op } from "hermod/remote";
import { z } from "zod";
import * as data from "./data.ts";
import { answerOf, fromClient, fromHub, requestOf } from "./frames.ts";

type Json = Readonly<Record<string, unknown>>;

/** What is said of by name. */
const named = { envelope: data.envelope, error: data.error, claim: data.claim, filter: data.filter };

const answerName = (op: Op): string => `${op}.answer`;

/** Every frame by its name. */
function frames(): Readonly<Record<string, z.ZodType>> {
  const requests = operations.flatMap((op) => [
    [op, requestOf(op as Op)] as const,
    [answerName(op as Op), answerOf(op as Op)] as const,
  ]);
  return { ...fromClient, ...fromHub, ...Object.fromEntries(requests) };
}

/** The document, an AsyncAPI 3. */
export function asyncApi(): Json {
  const all = frames();
  const names = Object.keys(all);
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Hermod hub",
      version: `${PROTOCOL}.0.0`,
      description:
        "The socket of a Hermod hub. Each text message is a JSON list of frames, of any kinds, at most " +
        `${MOST_MESSAGE} bytes; docs/protocol.md says the rules.`,
      license: { name: "Apache-2.0" },
    },
    defaultContentType: "application/json",
    channels: {
      socket: {
        address: "/v1/socket",
        bindings: { ws: {} },
        messages: each(names, (name) => ({ $ref: `#/components/messages/${name}` })),
      },
    },
    operations: { ...spoken(Object.keys(fromClient), "receive"), ...spoken(told, "send"), ...asked() },
    components: {
      messages: each(names, (name) => ({ name, payload: listOf(name) })),
      schemas: schemasOf(all),
    },
  };
}

/** What the hub says by itself. */
const told = Object.keys(fromHub).filter((name) => name !== "failed");

/** The application is the hub: it receives what clients send. */
function spoken(names: readonly string[], action: "send" | "receive"): Json {
  return each(names, (name) => ({ action, ...onSocket([name]) }));
}

function asked(): Json {
  return each(operations, (op) => ({
    action: "receive",
    ...onSocket([op]),
    reply: onSocket([answerName(op as Op), "failed"]),
  }));
}

function onSocket(names: readonly string[]): Json {
  return {
    channel: { $ref: "#/channels/socket" },
    messages: names.map((name) => ({ $ref: `#/channels/socket/messages/${name}` })),
  };
}

/** A message is a list; one of a single kind is the simplest. */
function listOf(name: string): Json {
  return { type: "array", minItems: 1, items: { $ref: `#/components/schemas/${name}` } };
}

/** The schemas by name; each stands once. */
function schemasOf(all: Readonly<Record<string, z.ZodType>>): Json {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries({ ...all, ...named })) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, {
    ...{ target: "draft-7", io: "input", unrepresentable: "any" },
    uri: (id) => `#/components/schemas/${id}`,
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $id: _, $schema: __, ...schema }]) => [id, schema]),
  );
}

function each(names: readonly string[], make: (name: string) => unknown): Json {
  return Object.fromEntries(names.map((name) => [name, make(name)]));
}
