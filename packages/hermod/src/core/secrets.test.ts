/** Secrets inside of texts: what is well known as one goes, and whatever only looks long stays. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutSecrets } from "./secrets.ts";

// Put together here, so that nobody who looks for secrets in files finds any in this one.
const of = (...parts: readonly string[]): string => parts.join("");
const LONG = "4fA9xQ2mZ7cK1pR8tV3wY6bN0dG5hJ";

const secrets: Readonly<Record<string, string>> = {
  "an OpenAI-like key": of("sk-", LONG, LONG),
  "one of a project": of("sk-proj-", LONG, "_", LONG, "-", LONG),
  "an Anthropic-like key": of("sk-ant-api03-", LONG, "-", LONG, "AA"),
  "one of a router of models": of("sk-or-v1-", "0123456789abcdef".repeat(4)),
  "an AWS access key": of("AKIA", "IOSFODNN7EXAMPLE"),
  "one for a while": of("ASIA", "Y34FZKBOKMUTVV7A"),
  "a GitHub token": of("ghp_", "16C7e42F292c6912E7710c838347Ae178B4a"),
  "a fine-grained one": of("github_pat_", "11ABCDEFG0", LONG, "_", LONG),
  "a GitLab token": of("glpat-", "x1Zq-9wLkT_3vBnM7cRy"),
  "a Google key": of("AIza", "SyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY"),
  "a Slack token": of("xoxb-", "123456789012-1234567890123-", LONG),
  "a Stripe key": of("sk_live_", LONG),
  "an npm token": of("npm_", LONG, "A1b2C3"),
  "a JWT": of(
    "eyJhbGciOiJIUzI1NiJ9",
    ".eyJzdWIiOiIxMjM0NTY3ODkwIn0",
    ".dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
  ),
};

for (const [name, secret] of Object.entries(secrets))
  test(`${name} goes, and the words around it stay`, () => {
    for (const [before, after] of [
      ["", ""],
      ["my key is ", ", keep it"],
      ['{"text":"', '"}'],
      ["https://a.example/?key=", "&x=1"],
      ["(", ")."],
      ["line\n", "\nline"],
    ] as const)
      assert.equal(withoutSecrets(`${before}${secret}${after}`, "…"), `${before}…${after}`);
    assert.equal(withoutSecrets(`${secret} and ${secret}`, "…"), "… and …");
  });

test("what stands behind Bearer and Authorization goes, however it is written", () => {
  const said: readonly (readonly [string, string])[] = [
    [`Authorization: Bearer ${LONG}`, "Authorization: Bearer …"],
    [`curl -H 'authorization: bearer ${LONG}=='`, "curl -H 'authorization: bearer …'"],
    [`{"Authorization":"Bearer ${LONG}"}`, '{"Authorization":"Bearer …"}'],
    [`BEARER ${LONG}, please`, "BEARER …, please"],
    ["Authorization: Basic YW5hOmh1bnRlcjI=", "Authorization: Basic …"],
    ["authorization = token 0123456789abcdef", "authorization = token …"],
  ];
  for (const [text, shown] of said) assert.equal(withoutSecrets(text, "…"), shown);
});

test("a private key goes whole, and where its end is missing all behind its head", () => {
  const key = (kind: string): string =>
    `-----BEGIN ${kind}PRIVATE KEY-----\n${LONG}\n${LONG}\n-----END ${kind}PRIVATE KEY-----`;
  for (const kind of ["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "])
    assert.equal(withoutSecrets(`a\n${key(kind)}\nb`, "…"), "a\n…\nb");
  assert.equal(withoutSecrets(`a ${key("").slice(0, 60)}`, "…"), "a …");
  const escaped = JSON.stringify({ key: key("RSA ") });
  assert.equal(withoutSecrets(escaped, "…"), '{"key":"…"}');
});

test("ids, hashes, addresses and words that only look alike stay as they are", () => {
  const texts = [
    "0190a3c2-7b1e-7c3d-9f00-1234567890ab",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
    "commit da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk",
    "https://example.org/task-force/risk-management-of-2026-and-beyond-all-things",
    "sk-learn-based-classification-model",
    "sk-learn-model-for-2026-and-what-comes-then",
    "the bearer of this letter may pass, and so may bearer authentication-schemes",
    "Bearer tokens: see RFC 6750. Bearer authorization-headers are described there.",
    "authorization: required for everybody",
    "AKIA is how they begin; AKIAIOSFODNN7EXAMPLE2 is too long, and akiaiosfodnn7example is none",
    "ghp_ and github_pat_ begin tokens",
    "eyJhbGciOiJIUzI1NiJ9 is a head alone; eyJ.eyJ.x is nothing",
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n-----BEGIN PUBLIC KEY-----",
    "1764000000000 call_7Hq2LmN9 msg-2026-11-22T10:00:00.000Z orderKey=customer-4711",
    "keyboard-shortcuts, skyscrapers and xoxo",
    "",
  ];
  for (const text of texts) assert.equal(withoutSecrets(text, "…"), text);
});

test("no text takes longer than its length asks for", () => {
  const size = 300_000;
  for (const piece of [
    "sk-",
    "sk-a",
    "eyJ",
    "eyJa.",
    "Bearer ",
    "Bearer a",
    "authorization:",
    "ghp_",
    "-----BEGIN PRIVATE KEY-----",
    "AKIA",
    " ",
    "a",
    "-",
    "x".repeat(99),
  ]) {
    const text = piece.repeat(size / piece.length);
    const before = process.cpuUsage();
    withoutSecrets(text, "…");
    // Its own time: a busy machine makes no difference. A square of the length would take minutes.
    const took = process.cpuUsage(before).user / 1000;
    assert.ok(took < 1000, `${JSON.stringify(piece)} took ${took} ms`);
  }
});
