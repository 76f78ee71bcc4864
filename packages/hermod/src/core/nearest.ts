/** Spelling: which known names are close to one that is not known. */

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}

/** The three closest of the known names, nearest first; none when all are too different. */
export function nearest(name: string, known: Iterable<string>): string[] {
  const asked = name.slice(0, 64).toLowerCase();
  const limit = Math.max(2, Math.floor(asked.length / 3));
  const close: { text: string; far: number }[] = [];
  let seen = 0;
  for (const text of known) {
    if (++seen > 10_000) break;
    if (Math.abs(text.length - asked.length) > limit) continue;
    const far = distance(asked, text.toLowerCase());
    if (far <= limit) close.push({ text, far });
  }
  return close
    .sort((a, b) => a.far - b.far)
    .slice(0, 3)
    .map(({ text }) => text);
}

/** " Did you mean …?" for the closest names, or nothing. */
export function suggestion(name: string, known: Iterable<string>): string {
  const close = nearest(name, known);
  return close.length === 0 ? "" : ` Did you mean ${close.map((text) => `"${text}"`).join(" or ")}?`;
}
