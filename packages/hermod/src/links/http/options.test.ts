/** Options of links: what is refused, by name, and without a word of what may be secret. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { thrownBy } from "../../core/samples.test.kit.ts";
import type { HermodError } from "../../core/errors.ts";
import { httpAgent } from "./agent.ts";
import { webhook } from "./webhook.ts";

const url = "http://127.0.0.1/";
const secret = "a secret of 24 bytes or so";

const refusals: readonly (readonly [what: string, options: Record<string, unknown>, said: RegExp])[] = [
  ["no URL", {}, /url must be a URL$/],
  ["text that is no URL", { url: "hidden url" }, /url must be a URL$/],
  ["another protocol", { url: "file:///hidden" }, /http:\/\/ or https:\/\/, not with file:$/],
  ["a URL with a password", { url: "http://me:hidden@a.example/" }, /must not hold a name and password/],
  ["a number of seconds as text", { url, timeout: "10 s" }, /timeout must be a duration/],
  ["no time at all", { url, timeout: 0 }, /timeout must be at least 1 ms/],
  [
    "an unknown rule",
    { url, onTimeout: "again" },
    /onTimeout must be "retry", "error" or \{ default: value \}/,
  ],
  ["a rule with a wrong key", { url, onError: { value: 1 } }, /onError must be/],
  ["an answer of no size", { url, maxAnswer: 0 }, /maxAnswer must be a whole number/],
  ["too many redirects", { url, redirects: 21 }, /redirects must be a whole number from 0 to 20/],
  [
    "an option of the guard that is none",
    { url, guard: { alow: [] } },
    /guard has no option "alow". Did you mean "allow"/,
  ],
  ["an allowed URL", { url, guard: { allow: ["http://a.example"] } }, /guard.allow must be names of hosts/],
  ["all hosts of a name", { url, guard: { allow: ["*.a.example"] } }, /guard.allow must be names of hosts/],
  ["an allowed port", { url, guard: { allow: ["a.example:81"] } }, /guard.allow must be names of hosts/],
  [
    "a header that the link sets",
    { url, headers: { "Idempotency-Key": "hidden" } },
    /must not hold "Idempotency-Key"/,
  ],
  ["a header of two lines", { url, headers: { "x-a": "hidden\r\nx-b: 1" } }, /"x-a" is not$/],
  ["a header that is no text", { url, headers: { "x-a": 7 } }, /"x-a" is not$/],
  ["a header without a name", { url, headers: { "": "hidden" } }, /"" is not$/],
  [
    "an option of nobody",
    { url, timeuot: 1 },
    /httpAgent critic has no option "timeuot"\. Did you mean "timeout"\?/,
  ],
  ["state", { url, state: () => ({}) }, /httpAgent critic has no option "state"/],
];

describe("an HTTP agent is refused with", () => {
  for (const [what, options, said] of refusals)
    test(what, () => {
      const error = thrownBy(() => httpAgent("critic", options as never)) as HermodError;
      assert.equal(error.code, "HERMOD_BAD_OPTION");
      assert.match(error.message, said);
      assert.ok(!JSON.stringify(error).includes("hidden"), error.message);
    });
  test("no options, and no name", () => {
    assert.equal(
      (thrownBy(() => httpAgent("critic", undefined as never)) as HermodError).code,
      "HERMOD_BAD_OPTION",
    );
    assert.equal((thrownBy(() => httpAgent(7 as never, { url })) as HermodError).code, "HERMOD_BAD_ADDRESS");
  });
});

describe("a webhook is refused with", () => {
  const secrets: readonly unknown[] = [
    "short",
    "whsec_c2hvcnQ=",
    "whsec_***",
    [],
    [secret, "hidden"],
    7,
    null,
  ];
  for (const given of secrets)
    test(`the secret ${JSON.stringify(given)}, which is not shown`, () => {
      const error = thrownBy(() => webhook("billing", { url, secret: given as never })) as HermodError;
      assert.equal(error.code, "HERMOD_BAD_OPTION");
      assert.doesNotMatch(JSON.stringify(error), /short|hidden|c2hvcnQ/);
    });
  test("a misspelt option, naming the nearest of its own", () => {
    const { message, details } = thrownBy(() =>
      webhook("billing", { url, secrte: secret } as never),
    ) as HermodError;
    assert.match(message, /has no option "secrte"\. Did you mean "secret"\?/);
    const { known } = details as { readonly known: readonly string[] };
    for (const name of ["url", "secret", "allow", "timeout", "retry"]) assert.ok(known.includes(name), name);
    for (const name of ["on", "state", "headers", "maxAnswer"]) assert.ok(!known.includes(name), name);
  });
  test("a flag that is none", () => {
    const error = thrownBy(() => webhook("billing", { url, quoteRefusals: "yes" as never })) as HermodError;
    assert.match(error.message, /quoteRefusals/);
  });
  test("options that only an HTTP agent has", () => {
    for (const option of ["guard", "headers", "redirects", "onError", "maxAnswer", "state"]) {
      const error = thrownBy(() => webhook("billing", { url, [option]: 1 } as never)) as HermodError;
      assert.match(error.message, new RegExp(`has no option "${option}"`));
    }
  });
});
