/** OpenAPI: the description of the interface, made from the same routes and schemas that serve it. */
import { PROTOCOL } from "hermod/remote";
import * as z from "zod";
import { codes, statusOf } from "./errors.ts";
import type { Route } from "./route.ts";
import * as fields from "./schemas.ts";

type Json = Readonly<Record<string, unknown>>;

/** The whole document, OpenAPI 3.1. */
export function toOpenApi(routes: readonly Route[]): Json {
  const paths = new Map<string, Record<string, Json>>();
  for (const route of routes) {
    const path = openPath(route.path);
    paths.set(path, { ...paths.get(path), [route.method]: toOperation(route) });
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Hermod hub",
      version: String(PROTOCOL),
      description:
        "Messages for agents. Times are ISO 8601 in UTC. Every answer that is none is { error: { code, message, hint, docs, retryable, details } }.",
    },
    paths: Object.fromEntries(paths),
    components: {
      schemas: { Error: schemaOf(fields.error, "output") },
      responses: Object.fromEntries(errorStatuses().map(([status, names]) => [status, toError(names)])),
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
    },
    security: [{ token: [] }, {}],
  };
}

/** `/v1/tasks/:id` as `/v1/tasks/{id}`. */
export function openPath(path: string): string {
  return path.replaceAll(/:(\w+)/g, "{$1}");
}

function toOperation(route: Route): Json {
  const { group, does, needs, body, answer, status } = route;
  const content =
    typeof answer === "string"
      ? { [answer]: { schema: { type: "string" } } }
      : { "application/json": { schema: schemaOf(answer, "output") } };
  const errors = errorStatuses().map(([code]) => [code, { $ref: `#/components/responses/${code}` }]);
  return {
    tags: [group],
    summary: does,
    description: `Needs the right: ${needs}.`,
    operationId: `${route.method} ${route.path}`.replaceAll(/\W+/g, "_"),
    parameters: [
      ...parametersOf(route.params, "path"),
      ...parametersOf(route.query, "query"),
      ...Object.entries(route.headers).map(([name, description]) => ({
        ...{ name, in: "header", required: false, description, schema: { type: "string" } },
      })),
    ],
    ...(body && {
      requestBody: {
        required: !body.safeParse(undefined).success,
        content: { "application/json": { schema: schemaOf(body, "input") } },
      },
    }),
    responses: { [status]: { description: does, content }, ...Object.fromEntries(errors) },
  };
}

function parametersOf(schema: z.ZodObject, place: "path" | "query"): readonly Json[] {
  return Object.entries(schema.shape).map(([name, field]) => {
    const { description, ...rest } = schemaOf(field as z.ZodType, "input");
    const required = place === "path" || !(field as z.ZodType).safeParse(undefined).success;
    return { name, in: place, required, ...(description !== undefined && { description }), schema: rest };
  });
}

function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _, "~standard": __, ...plain } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return plain as Json;
}

/** The statuses of errors with the codes that they stand for. */
function errorStatuses(): readonly (readonly [string, readonly string[]])[] {
  const statuses = [...new Set(Object.values(statusOf))].sort((a, b) => a - b);
  return statuses.map((status) => [String(status), codes.filter((code) => statusOf[code] === status)]);
}

function toError(names: readonly string[]): Json {
  return {
    description: names.join(", "),
    content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
  };
}
