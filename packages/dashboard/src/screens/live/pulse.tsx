/** Pulse: says to those who do not see the table, now and then, how much has come. */
import { useEffect, useState } from "react";
import { live } from "../../live/live.ts";
import { counted } from "../../parts/text.ts";

/** How often at most, in milliseconds. */
const EVERY = 10_000;

export function Pulse() {
  const [said, say] = useState("");
  useEffect(() => {
    let told = { before: live.before, next: live.log.next };
    const timer = setInterval(() => {
      const { before, log } = live;
      if (before === undefined) return;
      // What had happened before is no news, whenever it comes.
      const [first, next] = [told.before === before ? told.next : before.end, log.next];
      told = { before, next };
      if (next > first) say(`${counted(next - first, "new message")}${failedText(first, next)}`);
    }, EVERY);
    return () => clearInterval(timer);
  }, []);
  return (
    <p role="status" className="sr-only">
      {said}
    </p>
  );
}

function failedText(first: number, next: number): string {
  let failed = 0;
  for (let at = Math.max(first, live.log.first); at < next; at++) {
    const entry = live.log.at(at);
    if (entry?.kind === "message" && (entry.state === "failed" || entry.state === "dead")) failed++;
  }
  return failed === 0 ? "" : `, ${failed} failed`;
}
