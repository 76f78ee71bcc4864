/** Desks: the mailboxes in which systems wait for replies. One whose process was killed stays behind. */
import type { DatabaseSync } from "node:sqlite";
import { SCHEDULES } from "../../core/address.ts";

/** A durable call that is asked again finds its reply through the desk of the process that asked first: some kills later too. */
const KEPT = 100;

const LEFT = `SELECT number FROM mailbox WHERE address LIKE '~%' AND address <> '${SCHEDULES}' ORDER BY number DESC LIMIT -1 OFFSET ${KEPT}`;

/** Clears the desks that earlier processes have left behind, but for the newest; their replies stay in the history. */
export function clearDesks(db: DatabaseSync): void {
  db.exec(`DELETE FROM waiting WHERE mailbox IN (${LEFT}); DELETE FROM mailbox WHERE number IN (${LEFT})`);
}
