/** Signatures of webhooks, against the example of the standard and against whoever has not the secret. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, test } from "node:test";
import fc from "fast-check";
import { tries } from "../../core/samples.test.kit.ts";
import { testClock } from "../../testing/clock.ts";
import { signatureOf, toKeys, verifyWebhook, type Secrets } from "./signature.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER = "another secret of 24 bytes";
/** What the libraries of the standard are tested with. */
const EXAMPLE = {
  ...{ id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330, body: '{"test": 2432232314}' },
  signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
};

function sign(secret: Secrets, { id, timestamp, body } = EXAMPLE): Promise<string> {
  return signatureOf(toKeys("secret", secret), { id, timestamp, body });
}

function at(seconds: number) {
  const clock = testClock();
  clock.now = () => seconds * 1000;
  return { clock };
}

function headersOf(signature: string, { id, timestamp } = EXAMPLE): Record<string, string> {
  return { "webhook-id": id, "webhook-timestamp": String(timestamp), "webhook-signature": signature };
}

describe("a webhook's signature", () => {
  test("is that of the standard's example", async () => assert.equal(await sign(SECRET), EXAMPLE.signature));

  test("is the HMAC of id, time and body, whatever they are", async () => {
    const body = fc.asyncProperty(fc.uuid(), fc.nat(), fc.string(), async (id, timestamp, text) => {
      const own = createHmac("sha256", OTHER)
        .update(`${id}.${timestamp}.${text.toWellFormed()}`)
        .digest("base64");
      assert.equal(await sign(OTHER, { ...EXAMPLE, id, timestamp, body: text }), `v1,${own}`);
    });
    await fc.assert(body, tries());
  });

  test("is one for each secret while they change, and one that fits is enough", async () => {
    const both = await sign([OTHER, SECRET]);
    assert.equal(both.split(" ").length, 2);
    const now = at(EXAMPLE.timestamp);
    for (const secret of [OTHER, SECRET, [OTHER, "a third secret of 24 bytes"]])
      assert.equal(await verifyWebhook(headersOf(both), EXAMPLE.body, secret, now), true);
  });

  const { id, timestamp, body, signature } = EXAMPLE;
  const good = headersOf(signature);
  const forged: readonly (readonly [
    what: string,
    headers: Record<string, string | string[]>,
    body?: string,
  ])[] = [
    ["another body", good, `${body} `],
    ["another id", { ...good, "webhook-id": `${id}x` }],
    ["another time", { ...good, "webhook-timestamp": String(timestamp + 1) }],
    ["the signature of another secret", { ...good, "webhook-signature": "v1,AAAA" }],
    ["half a signature", { ...good, "webhook-signature": signature.slice(0, 20) }],
    ["another version", { ...good, "webhook-signature": signature.replace("v1", "v2") }],
    ["what is no base64", { ...good, "webhook-signature": "v1,%%%" }],
    ["no signature", { ...good, "webhook-signature": "" }],
    ["no id", { ...good, "webhook-id": "" }],
    ["a time that is none", { ...good, "webhook-timestamp": `${timestamp}.0` }],
    ["lists", { ...good, "webhook-id": [id] }],
    ["an id with a time in it", { ...good, "webhook-id": `${id}.${timestamp}`, "webhook-timestamp": "" }],
    [
      "a thousand guesses before the right one",
      { ...good, "webhook-signature": `${"v1,AAAA ".repeat(1000)}${signature}` },
    ],
  ];
  for (const [what, headers, text = body] of forged)
    test(`does not fit ${what}`, async () =>
      assert.equal(await verifyWebhook(headers, text, SECRET, at(timestamp)), false));

  test("fits for 5 minutes, either way, or as long as is said", async () => {
    const fits = (now: number, tolerance?: "1h") =>
      verifyWebhook(new Headers(good), body, SECRET, { ...at(now), ...(tolerance && { tolerance }) });
    assert.deepEqual(
      await Promise.all([
        fits(timestamp + 300),
        fits(timestamp - 300),
        fits(timestamp + 301),
        fits(timestamp - 301),
      ]),
      [true, true, false, false],
    );
    assert.equal(await fits(timestamp + 3600, "1h"), true);
  });
});
