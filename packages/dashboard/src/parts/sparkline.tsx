/** Sparkline: how an amount went, the newest at the right, without figures: those stand beside it. */
const [WIDTH, HEIGHT] = [64, 16];

export function Sparkline({
  line,
  length = 30,
}: {
  readonly line: readonly number[];
  readonly length?: number;
}) {
  const most = Math.max(...line, 0);
  if (most === 0) return <svg aria-hidden width={WIDTH} height={HEIGHT} className="shrink-0" />;
  const step = WIDTH / (length - 1);
  const first = WIDTH - (line.length - 1) * step;
  const points = line.map(
    (value, at) =>
      `${(first + at * step).toFixed(1)},${(HEIGHT - 1 - (value / most) * (HEIGHT - 2)).toFixed(1)}`,
  );
  return (
    <svg aria-hidden width={WIDTH} height={HEIGHT} className="shrink-0 text-accent">
      <polyline points={points.join(" ")} fill="none" stroke="currentColor" strokeWidth={1.25} />
    </svg>
  );
}
