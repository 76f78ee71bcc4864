/** The description of the interface: of the same routes that are served, no more and no less. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { errorTable } from "hermod";
import { createApp } from "./app.ts";
import { statusOf } from "./errors.ts";
import { openPath, toOpenApi } from "./openapi.ts";
import { methods } from "./route.ts";
import { routes } from "./routes/index.ts";

const document = JSON.parse(JSON.stringify(toOpenApi(routes))) as {
  openapi: string;
  paths: Record<
    string,
    Record<
      string,
      {
        operationId: string;
        parameters: { name: string; in: string; required: boolean }[];
        responses: object;
        requestBody?: unknown;
      }
    >
  >;
  components: { responses: Record<string, { description: string }> };
};

test("every route of the app is described, and no other", () => {
  const { app } = createApp({} as never);
  const served = app.routes
    .filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => `${method.toLowerCase()} ${openPath(path)}`);
  const described = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method} ${path}`),
  );
  assert.deepEqual(described.toSorted(), served.toSorted());
  assert.equal(new Set(served).size, served.length, "each once");
});

test("each operation has a name of its own, its parameters and its answers", () => {
  const operations = Object.entries(document.paths).flatMap(([path, all]) =>
    Object.entries(all).map(([method, each]) => ({ path, method, ...each })),
  );
  assert.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length);
  for (const { path, method, parameters, responses, requestBody } of operations) {
    const inPath = parameters.filter((each) => each.in === "path").map(({ name }) => name);
    assert.deepEqual(
      inPath,
      [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
      path,
    );
    assert.ok(methods.includes(method as never));
    assert.equal(requestBody !== undefined, method === "post", `${method} ${path}`);
    assert.ok("401" in responses && "403" in responses);
  }
  const call = document.paths["/v1/agents/{name}/{operation}"]!["post"]!;
  assert.ok(call.parameters.some(({ name, in: place }) => name === "timeout" && place === "query"));
  assert.ok(call.parameters.some(({ name, in: place }) => name === "idempotency-key" && place === "header"));
});

test("each code has one status, and each status is told with its codes", () => {
  assert.deepEqual(Object.keys(statusOf).toSorted(), Object.keys(errorTable).toSorted());
  const told = Object.values(document.components.responses).flatMap(({ description }) =>
    description.split(", "),
  );
  assert.deepEqual(told.toSorted(), Object.keys(errorTable).toSorted());
});

const page = readFileSync(new URL("../../../../docs/hub.md", import.meta.url), "utf8");

test("docs/hub.md lists the status of each code", () => {
  const listed = [...page.matchAll(/^\| (\d{3}) +\| ([A-Z_, ]+) \|$/gm)].flatMap(([, status, codes = ""]) =>
    codes.split(",").map((code) => `HERMOD_${code.trim()} ${status}`),
  );
  assert.deepEqual(
    listed,
    Object.entries(statusOf)
      .map(([code, status]) => `${code} ${status}`)
      .toSorted(
        (one, other) => Number(one.split(" ")[1]) - Number(other.split(" ")[1]) || (one < other ? -1 : 1),
      ),
  );
});

test("docs/hub.md lists the routes", () => {
  const listed = [...page.matchAll(/^\| `(GET|POST|DELETE) (\S+)`/gm)].map(
    ([, method, path]) => `${method?.toLowerCase()} ${path}`,
  );
  assert.deepEqual(
    listed.toSorted(),
    routes.map(({ method, path }) => `${method} ${openPath(path)}`).toSorted(),
  );
});
