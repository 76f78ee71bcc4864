/** The handlings of a pool, heard from reports: whose they are, and what became of the member by which. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromMap, type Report } from "hermod";
import { Handlings } from "./handlings.ts";

const started = (id: string, agent: string, attempt = 1): Report => {
  const envelope = fromMap({ id, verb: "call", from: "jury", to: "critic", conversationId: "c", sentAt: 0 });
  return { type: "delivery.started", envelope, mailbox: "critic", agent, attempt } as Report;
};
const crashed = (agent: string): Report => ({ type: "agent.crashed", agent, error: "x" }) as Report;
const restarted = (agent: string): Report => ({ type: "agent.restarted", agent, restarts: 1 }) as Report;

function heard(...reports: readonly Report[]): Handlings {
  const handlings = new Handlings();
  for (const report of reports) handlings.listen(report);
  return handlings;
}

const told = ({ all }: Handlings) =>
  all.map(({ id, attempt, member, aftermath }) => [
    id,
    attempt,
    member,
    ...aftermath.map(({ type }) => type),
  ]);

test("each attempt is at one member, and a message is where it was last", () => {
  const handlings = heard(started("1", "critic/1"), started("2", "critic/2"), started("1", "critic/2", 2));
  assert.deepEqual(told(handlings), [
    ["1", 1, "critic/1"],
    ["2", 1, "critic/2"],
    ["1", 2, "critic/2"],
  ]);
  assert.deepEqual(
    ["1", "2", "3"].map((id) => handlings.memberOf(id)),
    ["critic/2", "critic/2", undefined],
  );
});

test("an agent that is no member of a pool has no handlings", () => {
  assert.deepEqual(told(heard(started("1", "critic"), crashed("critic"))), []);
});

test("a crash belongs to the member's last message, a restart to the first crash without one", () => {
  const two = heard(
    ...[started("1", "critic/1"), started("2", "critic/2"), crashed("critic/2")],
    ...[started("3", "critic/2"), crashed("critic/2"), restarted("critic/2"), restarted("critic/2")],
  );
  assert.deepEqual(told(two), [
    ["1", 1, "critic/1"],
    ["2", 1, "critic/2", "agent.crashed", "agent.restarted"],
    ["3", 1, "critic/2", "agent.crashed", "agent.restarted"],
  ]);
});
