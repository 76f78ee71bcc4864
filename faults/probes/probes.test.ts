/** The probes find a hole where there is one, and none where there is none. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { httpAgent } from "hermod/http";
import type { Auth } from "../../packages/hub/src/index.ts";
import { allProbes } from "./all.ts";
import { openGround, type Plants } from "./ground.ts";
import { probes, tryAll } from "./probe.ts";
import { reportOf } from "./report.ts";
import { judged } from "./tables/answers.ts";
import { judgedPage } from "./tables/page.ts";

const main = join(import.meta.dirname, "../../packages/hub/src/cli/main.ts");

/** Whoever comes in may do everything. */
const careless = (auth: Auth): Auth => ({
  isOpen: false,
  identify: (token) => {
    const known = auth.identify(token);
    return known && { ...known, may: () => true };
  },
  watch: () => () => undefined,
});

/** Everybody comes in, as whoever comes last. */
const blind = (auth: Auth): Auth => {
  let last: ReturnType<Auth["identify"]>;
  return {
    ...auth,
    isOpen: false,
    identify: (token) => (last = auth.identify(token) ?? last),
    watch: () => () => undefined,
  };
};

/** Goes wherever it is told to go, and then to where it is sent. */
const unguarded: Plants["link"] = (name, { url, retry = {} }) =>
  httpAgent(name, { url, redirects: 5, timeout: "2s", retry });

/** Hands its words to a shell. */
const shelled: Plants["command"] = (words) => ["/bin/sh", "-c", [process.execPath, main, ...words].join(" ")];

/** Has a label for whatever anybody asked for. */
const counting: Plants["figures"] = (text, names) =>
  [text, ...names.map((name) => `hermod_asked{name="${name}"} 1`)].join("\n");

async function successesOf(groups: readonly number[], plants: Plants = {}, which = /^(?!stays after)/) {
  await using ground = await openGround(plants);
  const chosen = allProbes(ground).filter(({ group, did }) => groups.includes(group) && which.test(did));
  return reportOf(await tryAll(chosen, ground));
}

test("a hub whose principals may do everything falls to spoofing, reading, tenants and names", async () => {
  const { byGroup } = await successesOf([6, 7, 8, 9, 10, 12], { auth: careless });
  for (const group of [6, 7, 8, 9, 10, 12]) assert.ok((byGroup[group]?.succeeded ?? 0) > 0, `group ${group}`);
});

test("a hub that knows everybody falls to wrong tokens", async () => {
  const { byGroup } = await successesOf([1, 31], { auth: blind });
  assert.ok((byGroup[1]?.succeeded ?? 0) > 5);
  assert.ok((byGroup[31]?.succeeded ?? 0) > 0);
});

test("links without a guard fall to every way to write this machine, and to being led elsewhere", async () => {
  const own = /^tells http:\/\/(127|localhost|0|2130706433|\[::)|^is led by a 30[78] to (the same|a path)/;
  const { total, succeeded, failures } = await successesOf([24], { link: unguarded }, own);
  const reached = failures.filter(({ came }) => came === "reached").length;
  assert.ok(total > 20);
  assert.ok(reached > 12, `${reached} of ${total}`);
  assert.ok(succeeded >= reached);
});

test("a command line in a shell's hands falls to each word for a shell", async () => {
  const { total, failures } = await successesOf([30], { command: shelled }, /^calls .*touch/);
  const carriedOut = failures.filter(({ came }) => came === "carried out").length;
  assert.ok(carriedOut > 5, `${carriedOut} of ${total}`);
});

test("figures with a label for each name fall to every flood", async () => {
  const { total, succeeded } = await successesOf(
    [28],
    { figures: counting },
    /^(agents|topics|paths|methods|senders$)/,
  );
  assert.deepEqual([total, succeeded], [5, 5]);
});

test("an answer that could be framed, guessed at or kept is none that is safe", () => {
  const policy = "content-security-policy: default-src 'none'; frame-ancestors 'none'";
  const rest = "x-content-type-options: nosniff\r\nreferrer-policy: no-referrer\r\ncache-control: no-store";
  const safe = `${policy}\r\nx-frame-options: DENY\r\ncross-origin-resource-policy: same-origin\r\n${rest}`;
  const answer = (head: string, body = "{}") => judged(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n${body}`);
  assert.equal(answer(safe), "safe");
  assert.equal(answer("connection: close", ""), "safe", "there is nothing in it");
  for (const line of safe.split("\r\n"))
    assert.match(answer(safe.replace(line, "x: y")), new RegExp(`without ${line.split(":")[0]}`));
  for (const more of ["content-type: text/html", "access-control-allow-origin: *"])
    assert.match(answer(`${safe}\r\n${more}`), /without/);
  for (const other of ["closed", "silence"]) assert.notEqual(judged(other), "safe");
});

test("a page is safe only as a whole: under its policy, with nothing inline and nothing from elsewhere", () => {
  const own = [
    "content-security-policy: default-src 'none'; script-src 'self'; frame-ancestors 'none'",
    ...["x-frame-options: DENY", "x-content-type-options: nosniff", "referrer-policy: no-referrer"],
    ...["cross-origin-resource-policy: same-origin", "content-type: text/html; charset=utf-8"],
  ];
  const script = '<script src="/a.js"></script>';
  const answer = (lines: readonly string[], body = script) =>
    judgedPage(`HTTP/1.1 200 OK\r\n${lines.join("\r\n")}\r\n\r\n${body}`);
  assert.equal(answer(own), "safe");
  for (const line of own) assert.notEqual(answer(own.filter((each) => each !== line)), "safe", line);
  for (const more of ["; style-src 'unsafe-inline'", "; img-src *", "; font-src https://a.example"])
    assert.notEqual(answer([`${own[0]}${more}`, ...own.slice(1)]), "safe", more);
  for (const body of ["<script>x</script>", "<b onclick=x>", "<style>x</style>", '<a style="x">'])
    assert.match(answer(own, body), /inline/u, body);
  for (const body of ['<img src="//a.example">', '<link href="http://a.example">', '<img src="data:x">'])
    assert.match(answer(own, body), /elsewhere/u, body);
});

test("what there is no time for has not held", async () => {
  const rows = probes(1, /^/, [["waits", async () => "held"]]);
  assert.equal(reportOf(await tryAll(rows, undefined as never, -1)).succeeded, 1);
});

test("the hub as it is falls to none of them", async () => {
  const { total, failures } = await successesOf([1, 6, 7, 8, 9, 10, 12, 16, 22, 24, 29, 31]);
  assert.ok(total > 250);
  assert.deepEqual(failures, []);
});

test("what comes otherwise than expected is a success of the attacker, also where it throws", async () => {
  const rows = probes(1, /^refused$/, [
    ["is refused", async () => "refused"],
    ["is let in", async () => "welcome"],
    ["breaks", () => Promise.reject(new Error("broken"))],
  ]);
  const { total, succeeded } = reportOf(await tryAll(rows, undefined as never));
  assert.deepEqual([total, succeeded], [3, 2]);
});
