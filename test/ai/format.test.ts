/** Format: endpoints that take no schema are asked for any JSON, with the schema in the prompt, once they have said so. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { caught } from "../runtime/stage.ts";
import { asking, modelAt, ways } from "./ai.kit.ts";
import { openAiServer, type Fault, type OpenAiServer } from "./server.kit.ts";

const schema = { type: "object", properties: { a: { type: "number" } } };
const json = JSON.stringify(schema);

const refusal = (message: string, status = 400): Fault => ({
  ...{ fault: "status", status, error: { error: { message, type: "invalid_request_error" } } },
});
const unknown = refusal("This response_format type is unavailable now");

function formats({ requests }: OpenAiServer): unknown[] {
  return requests.map(({ body }) => (body["response_format"] as { readonly type: string } | undefined)?.type);
}

for (const [way, ask] of Object.entries(ways))
  describe(`asked ${way}, an endpoint that takes no schema`, () => {
    test("is asked for any JSON, with the schema in the prompt, and from then on at once", async () => {
      await using server = await openAiServer();
      server.next(unknown, { say: '{"a":1}' }, { say: '{"a":2}' });
      const model = modelAt(server);
      const messages = [
        { role: "system", content: "be brief" },
        { role: "user", content: "a number" },
      ] as const;
      assert.equal((await ask(model, { messages, schema })).text, '{"a":1}');
      assert.equal((await ask(model, asking("a number", { schema }))).text, '{"a":2}');
      await ask(model, asking("a word"));
      assert.deepEqual(formats(server), ["json_schema", "json_object", "json_object", undefined]);
      const prompts = server.requests.map(({ body }) => body.messages);
      const order = `Answer with nothing but JSON that fits this schema: ${json}`;
      assert.deepEqual(prompts[1], [{ role: "system", content: `be brief\n\n${order}` }, messages[1]]);
      assert.deepEqual(prompts[2], [{ role: "system", content: order }, messages[1]]);
      assert.equal(prompts[3]?.length, 1);
    });

    test("is not told twice what stands in the prompt already", async () => {
      await using server = await openAiServer();
      server.next(refusal("Input should be 'text' or 'json_object'", 422), { say: '{"a":1}' });
      const content = `a number as in ${json}`;
      await ask(modelAt(server), asking(content, { schema }));
      assert.deepEqual(server.requests[1]?.body.messages, [{ role: "user", content }]);
    });

    test("is asked once more and no more often, and its last word is the error", async () => {
      await using server = await openAiServer();
      server.next(unknown, refusal("the prompt is too long"), unknown, { say: "{}" });
      const model = modelAt(server);
      const { code, message, details } = await caught(ask(model, asking("a number", { schema })));
      assert.deepEqual([code, details["hop"]], ["HERMOD_MODEL", "request"]);
      assert.match(message, /too long/);
      assert.equal(server.requests.length, 2);
      await ask(model, asking("a number", { schema }));
      assert.deepEqual(formats(server).slice(2), ["json_schema", "json_object"]);
    });

    test("is told from one that refuses for another reason", async () => {
      await using server = await openAiServer();
      const others = [refusal("the prompt is too long"), refusal("response_format", 500)];
      server.next(...others);
      for (const _ of others) await caught(ask(modelAt(server), asking("a number", { schema })));
      assert.equal(server.requests.length, 2);
    });
  });
