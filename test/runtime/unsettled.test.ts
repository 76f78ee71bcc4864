/** A state that is accepted and not committed yet, as on a disk: the next delivery builds on it, and nothing is done twice. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { agent, start, type Report } from "hermod";
import { sqlite } from "hermod/sqlite";

const folder = mkdtempSync(join(tmpdir(), "hermod-unsettled-"));
after(() => rmSync(folder, { recursive: true, force: true }));

test("deliveries that follow one another without waiting for a commit change a state once each", async () => {
  const failures: Report[] = [];
  let runs = 0;
  const ledger = agent("ledger", {
    keyed: true,
    retry: { retries: 3, base: 0 },
    state: () => ({ list: [] as number[] }),
    on: {
      notification: (number, ctx) => {
        ctx.state.list.push(Number(number));
        if (++runs % 7 === 0) throw new Error("no ink");
      },
      request: (_, ctx) => ctx.state.list,
    },
  });
  const reports = (report: Report): void => void (report.type === "store.failed" && failures.push(report));
  await using system = await start({ store: sqlite(join(folder, "a.db")), agents: [ledger], reports });
  const numbers = Array.from({ length: 300 }, (_, at) => at);
  await Promise.all(
    numbers.map((number) => system.cast("ledger#a", "book", number, { delivery: "exactly-once" })),
  );
  await system.drain({ waiting: true });
  const history = await system.history({ agent: "ledger", where: "state:done", limit: 1000 });
  assert.equal(history.items.length, 300);
  assert.deepEqual(failures, []);
  await system.close();
  await using again = await start({ store: sqlite(join(folder, "a.db")), agents: [ledger] });
  const list = (await again.call("ledger#a", "list", null)) as number[];
  assert.deepEqual(
    list.toSorted((a, b) => a - b),
    numbers,
  );
});
