/**
 * Cases: what users of other queues and agent frameworks suffered on one machine, and the test that shows it does not happen here.
 * Suites of `test/runtime` and laws of `testing/store` run over the memory store and over SQLite.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../source.ts";

const durable = "test/durable";
const runtime = "test/runtime";
const sqlite = "packages/hermod/src/stores/sqlite";
const laws = "packages/hermod/src/testing/store";

/** What was suffered, the file, and the tests in it. */
const cases: readonly (readonly [string, string, ...string[]])[] = [
  [
    "two write to one inbox at once, and a message vanishes",
    `${durable}/inbox.test.ts`,
    "10,000 parallel sends of sixteen agents into one mailbox are all there after a kill",
  ],
  [
    "two processes on one file",
    `${durable}/sharing.test.ts`,
    "a second system on the file is refused by the name of the owner",
  ],
  ["two threads on one file", `${sqlite}/owner.test.ts`, "a second thread of the process is refused as well"],
  [
    "marked as read before the agent has it",
    `${durable}/inbox.test.ts`,
    "a message counts as read when its handler's work is committed",
  ],
  [
    "lost for ever, since its session was busy or killed",
    `${durable}/backlog.test.ts`,
    "after a kill all confirmed messages wait in their order",
    "what ran when its process was killed is handed out at once",
  ],
  [
    "a long history stalls delivery",
    `${sqlite}/statements.test.ts`,
    "with a long history each statement of the writer finds its rows by an index",
  ],
  [
    "an inbox that is never pruned",
    `${sqlite}/retention.test.ts`,
    "the newest messages up to each bound are kept: by count, by bytes, by age",
  ],
  [
    "a message that comes while its agent falls idle wakes nobody",
    `${laws}/waking.ts`,
    "every append wakes: one, several, a published one, an output, a notice",
    "a key that becomes free wakes, whether anybody has asked for the next message or not",
  ],
  [
    "a handler throws, and nobody is told: its caller, its operator, its supervisor",
    `${runtime}/failing.suite.ts`,
    "a handler that throws leaves its agent running and its asker informed, in each type of message",
  ],
  [
    "a handler throws, and its message is gone",
    `${durable}/backlog.test.ts`,
    "dead letters keep their reason, error and attempts over a kill",
  ],
  [
    "an agent breaks, and is gone",
    `${runtime}/restart.suite.ts`,
    "the message that a crash struck is tried again, and what waits is handled after the restart",
  ],
  [
    "a stop while handlers run leaves waits that never end",
    `${runtime}/closing.suite.ts`,
    "what outlasts the drain is aborted and counted, and its caller hears that the outcome is unknown",
    "nothing that waits for a time outlives a close",
  ],
  [
    "a stale message of the last run poisons the next",
    `${durable}/ending.test.ts`,
    "a call that the close of its system ended is told so, and does not run in the next one",
  ],
  [
    "a long step is handed out again at the end of its lease, and runs twice",
    `${runtime}/lease.suite.ts`,
    "a handler of five minutes keeps its lease of thirty seconds and is not run twice",
  ],
  [
    "the lease of a pulled message cannot be extended",
    `${runtime}/settling.suite.ts`,
    "extend lets the lease run on from now, by the mailbox's lease or by what is given",
  ],
  [
    "who lost the lease finishes all the same, and counts",
    `${durable}/fencing.test.ts`,
    "a late worker is refused as HERMOD_STALE_LEASE",
    "a handler that outlived its lease commits neither its state nor its outputs nor its ack",
    "tokens of a later process are greater than all before",
  ],
  [
    "three starts, three tickets",
    `${durable}/ending.test.ts`,
    "three starts under one key are one start, also where a deploy lies between them",
  ],
  [
    "a job that blocks its process loses its lock",
    `${durable}/long.test.ts`,
    "a handler that keeps its process busy for longer than its lease runs once, and its ack counts",
  ],
  ["a lock so short that work is doubled", `${runtime}/lease.test.ts`, "a lease must be at least a second"],
  [
    "a job of a killed worker stays locked for hours",
    `${durable}/backlog.test.ts`,
    "what ran when its process was killed is handed out at once",
  ],
  [
    "a message that kills its worker comes back for ever",
    `${durable}/backlog.test.ts`,
    "a message that kills its process is bounded by its attempts",
  ],
  [
    "two deploys during a job make it fail for good",
    `${durable}/ending.test.ts`,
    "a job that three deploys in a row interrupt has used no attempt",
  ],
  [
    "jobs taken ahead expire in memory and run twice",
    `${durable}/inbox.test.ts`,
    "an agent is given what it can start now, and the rest waits for whoever comes first",
  ],
  [
    "a worker takes nothing any more after its store came back",
    `${durable}/full.test.ts`,
    "a full disk lets an ack with state and outputs wait",
  ],
  [
    "a setting of the store loses messages",
    `${sqlite}/open.test.ts`,
    "a new file has the settings that the promise rests on",
  ],
  [
    "a listener that throws breaks or leaks",
    `${runtime}/reports.suite.ts`,
    "a listener that throws or rejects is contained, told to the others, and told again next time",
  ],
  [
    "waits are kept for whoever is dead",
    `${runtime}/call.suite.ts`,
    "no outcome of a call leaves a waiter, a timer or a listener behind",
  ],
  [
    "a process that does not end after a stop",
    `${durable}/ending.test.ts`,
    "a process with everything under way ends by itself after a close",
    "a process that forgets to close ends by itself when its work is done",
  ],
  [
    "database is locked; a log without end",
    `${durable}/sharing.test.ts`,
    "while other processes read the file all the time nobody hears that it is locked, and its log stays bounded",
    "another program that locks the file to write is named",
  ],
  [
    "a delay of more than 25 days fires at once",
    `${durable}/long.test.ts`,
    "a message that is put off for sixty days is not handed out at once",
  ],
  [
    "a clock that jumps freezes or doubles work",
    `${durable}/long.test.ts`,
    "a wall clock that is set back or forward takes no lease from who works",
  ],
  [
    "a clock that jumps freezes or doubles a schedule",
    `${runtime}/schedules.suite.ts`,
    "a clock that is set forward is noticed within a minute",
    "a clock that is set back repeats nothing, and the next time keeps its time",
  ],
  [
    "a schedule that was missed while its process was down is gone",
    `${durable}/schedules.test.ts`,
    "times that were missed while no process ran",
    "a schedule whose process is killed again and again loses no time and sends none twice",
  ],
  [
    "stuck, lost or burnt at the last attempt",
    `${runtime}/retry.suite.ts`,
    "what no retry can mend goes to the dead letters at once",
  ],
  [
    "a retry that forgets its time",
    `${durable}/backlog.test.ts`,
    "a retry keeps its time, its attempt and its error over a kill",
  ],
  [
    "mailboxes with room for one message lock each other at the start",
    `${durable}/inbox.test.ts`,
    "mailboxes with room for one message neither lock each other at the start nor lose anything",
    "two agents with room for one message that wait for each other's room are told so in time",
  ],
  [
    "a mailbox without bounds eats the memory",
    `${runtime}/capacity.suite.ts`,
    "a mailbox has no limit of its own by default, and one with a capacity never holds more",
  ],
  [
    "a message to nobody spins for ever",
    `${durable}/inbox.test.ts`,
    "a message to an agent that nobody knows is refused at once",
  ],
  [
    "two polite agents acknowledge each other for ever, and burn what it costs",
    `${durable}/endless.test.ts`,
    "two agents that thank each other for every thanks are stopped, also when their process is killed again and again",
    "a conversation that turns into a cascade ends with its budget, over kills too",
  ],
  [
    "a waiting circle locks its agents",
    `${durable}/endless.test.ts`,
    "a circle of calls fails at once with its names, also where its first call is a durable one of a killed process",
  ],
  [
    "what was cancelled runs again in the next process",
    `${durable}/tasks.test.ts`,
    "a task that was ${scene",
    "a task that was cancelled before its time, and of which nobody was told when its process died",
  ],
  [
    "long work is started again by each deploy",
    `${durable}/tasks.test.ts`,
    "a task that a killed one had handed out by a key is found by it, and is not handed out twice",
    "whose process is killed when it is settled is done, and runs no more",
  ],
  [
    "a result that comes late is lost, or taken for another",
    `${durable}/endless.test.ts`,
    "a result that comes after its waiter has gone is there for whoever asks next",
    "a reply that comes too late is delivered to nobody, and kept",
  ],
  [
    "a budget is forgotten with its process",
    `${durable}/budgets.test.ts`,
    "tokens that were set aside when the process died count as spent",
    "tokens that were settled before the process died count as what they really were",
    "messages of a conversation that fans out (${mode}) are counted once each over retries and kills",
  ],
  [
    "the reply of a call is lost with the process that asked",
    `${durable}/calls.test.ts`,
    "a durable call goes on in the next process",
    "a reply that was stored before the kill is there for its caller afterwards",
  ],
];

test("each case has its tests, under their names", () => {
  assert.equal(new Set(cases.map(([name]) => name)).size, cases.length);
  for (const [name, file, ...tests] of cases) {
    const text = readFileSync(join(root, file), "utf8");
    assert.ok(tests.length > 0, name);
    for (const each of tests) assert.ok(text.includes(each), `${name}: ${file} has no test "${each}"`);
  }
});
