/** Hold: work that holds the processor for so many milliseconds, as that of a handler which parses and computes. */
export function hold(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until;);
}
