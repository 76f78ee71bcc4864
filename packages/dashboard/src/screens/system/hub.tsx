/** Hub: its version, its store and its bounds, with how much of each is used. */
import type { HubStatus, Statistics, StoreStatus } from "../../api/types.ts";
import { Box } from "../../parts/screen.tsx";
import { countText, plain, sizeText, spanText } from "../../parts/text.ts";
import { Time } from "../../parts/time.tsx";
import { Fact, Facts } from "./facts.tsx";

export function HubBox({ hub }: { readonly hub: HubStatus }) {
  return (
    <Box title="Hub">
      <Facts>
        <Fact name="address">{location.origin}</Fact>
        <Fact name="version">{hub.version}</Fact>
        <Fact name="runs on">Node {hub.node}</Fact>
        <Fact name="began">
          <Time at={hub.since} ago />
        </Fact>
        <Fact name="memory">{sizeText(hub.memory)}</Fact>
      </Facts>
    </Box>
  );
}

export function StoreBox({ hub: { store } }: { readonly hub: HubStatus }) {
  return (
    <Box title="Store">
      <Facts>
        <Fact name="kind">{store.name}</Fact>
        <Fact name="level">
          {store.durable
            ? "durable: what is confirmed survives a crash"
            : "in memory: gone when the hub ends"}
        </Fact>
        <Fact name="size">
          {store.bytes === undefined ? "not known" : `${sizeText(store.bytes)} on disk`}
        </Fact>
        {store.logBytes !== undefined && <Fact name="log">{sizeText(store.logBytes)} beside the file</Fact>}
        {store.file !== undefined && (
          <Fact name="file">
            <span className="font-mono text-tiny break-all">{plain(store.file)}</span>
          </Fact>
        )}
        {store.bounds && <Fact name="keeps">{keptText(store.bounds)}</Fact>}
        {store.bounds && (
          <Fact name="dead letters">
            {countText(store.bounds.deadLetters.count)} at most, for {spanText(store.bounds.deadLetters.age)}
          </Fact>
        )}
        {store.file !== undefined && (
          <Fact name="last copy">
            {store.backup ? (
              <span title={plain(store.backup.file)}>
                <Time at={store.backup.at} ago />, {sizeText(store.backup.bytes)}
              </span>
            ) : (
              "none was made from here"
            )}
          </Fact>
        )}
      </Facts>
    </Box>
  );
}

/** What is kept of the past. */
function keptText({ history: { age, count, bytes } }: NonNullable<StoreStatus["bounds"]>): string {
  const bounds = [
    `${countText(count)} messages`,
    sizeText(bytes),
    ...(age === undefined ? [] : [spanText(age)]),
  ];
  return `the newest ${bounds.join(" or ")}`;
}

/** What there may be at most, beside what there is. */
export function LimitsBox({
  hub,
  statistics,
}: {
  readonly hub: HubStatus;
  readonly statistics: Statistics | undefined;
}) {
  const names: Readonly<Record<string, string>> = {
    readers: "pages and streams that look on",
    requests: "requests that are answered now",
    exports: "exports that are read now",
  };
  return (
    <Box title="Limits">
      <div className="grid gap-3 text-small">
        {hub.limits.map(({ name, used, most }) => (
          <div key={name} className="grid gap-1">
            <p className="flex justify-between gap-4">
              <span className="text-soft">{names[name] ?? name}</span>
              <span>
                {countText(used)} of {countText(most)}
              </span>
            </p>
            <div
              role="meter"
              aria-label={names[name] ?? name}
              aria-valuenow={used}
              aria-valuemin={0}
              aria-valuemax={most}
              className="h-1.5 overflow-hidden rounded-chip bg-line"
            >
              <div
                className={`h-full ${used > most * 0.8 ? "bg-warn" : "bg-accent"}`}
                style={{ width: `${Math.min(100, (used / most) * 100)}%` }}
              />
            </div>
          </div>
        ))}
        {statistics && (
          <Facts>
            <Fact name="sessions">{countText(statistics.sessions)}</Fact>
            <Fact name="held over HTTP">{countText(statistics.held)}</Fact>
          </Facts>
        )}
      </div>
    </Box>
  );
}
