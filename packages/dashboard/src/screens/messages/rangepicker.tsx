/** Range picker: how far back. */
const ranges = ["5m", "1h", "6h", "24h", "7d"];

export function RangePicker({
  range,
  onRange,
}: {
  readonly range: string | undefined;
  readonly onRange: (range: string | undefined) => void;
}) {
  const known = range === undefined || ranges.includes(range) ? ranges : [range, ...ranges];
  return (
    <select
      aria-label="How far back"
      className="rounded-chip border border-strong bg-panel px-2 py-1 text-small"
      value={range ?? ""}
      onChange={(event) => onRange(event.target.value === "" ? undefined : event.target.value)}
    >
      <option value="">All time</option>
      {known.map((each) => (
        <option key={each} value={each}>
          Last {each}
        </option>
      ))}
    </select>
  );
}
