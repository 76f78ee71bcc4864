/** Now: what an agent is doing and what waits for it, as it is at this moment. Looking takes no message. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { agentQueries } from "../../api/agentqueries.ts";
import type { AgentDetail } from "../../api/types.ts";
import { Box } from "../../parts/screen.tsx";
import { Shown } from "../../parts/shown.tsx";
import { Sparkline } from "../../parts/sparkline.tsx";
import { countText, counted, spanText } from "../../parts/text.ts";
import { ageOf } from "../agents/condition.ts";
import { percentText, rateText } from "../agents/figures.ts";
import type { Pace } from "../agents/rates.ts";
import { DelayedTable } from "./delayed.tsx";
import { Envelopes } from "./messages.tsx";

export interface NowProps {
  readonly agent: AgentDetail;
  readonly pace: Pace;
  readonly at: number;
}

export function Now({ agent, pace, at }: NowProps) {
  const { name, mailbox } = agent;
  return (
    <div className="grid grid-cols-1 gap-4">
      <Figures {...{ agent, pace, at }} />
      <div className="grid grid-cols-1 items-start gap-4 min-[1100px]:grid-cols-2">
        <div className="grid grid-cols-1 gap-4">
          <RunningBox name={name} count={mailbox?.running ?? 0} />
          {(mailbox?.delayed ?? 0) > 0 && <DelayedBox name={name} count={mailbox?.delayed ?? 0} />}
        </div>
        <WaitingBox name={name} count={mailbox?.waiting ?? 0} />
      </div>
    </div>
  );
}

function Figures({ agent, pace, at }: NowProps) {
  const { mailbox, numbers, offer, restarts = 0, name, places = [] } = agent;
  const age = ageOf(agent, at);
  // Each member of a pool works on as many; of a keyed agent nobody counts the instances.
  const workers = places.reduce((sum, { place }) => sum + Math.max(1, place.children?.length ?? 0), 0);
  const most = offer && !offer.keyed ? ` of ${countText(offer.concurrency * Math.max(1, workers))}` : "";
  return (
    <dl className="flex flex-wrap gap-x-8 gap-y-2">
      <Figure name="in flight">
        {countText(mailbox?.running ?? 0)}
        <span className="text-small text-soft">{most}</span>
      </Figure>
      <Figure name="waiting">{countText(mailbox?.waiting ?? 0)}</Figure>
      <Figure name="oldest waits" tone={age > 60_000 ? "text-warn" : ""}>
        {age > 0 ? spanText(age) : "–"}
      </Figure>
      <Figure name="delayed">{countText(mailbox?.delayed ?? 0)}</Figure>
      <Figure name="per second">
        <span className="flex items-center gap-2">
          {pace.line.length > 0 ? rateText(pace.perSecond) : "–"} <Sparkline line={pace.line} />
        </span>
      </Figure>
      <Figure name="errors, last minute" tone={pace.failing > 0 ? "text-bad" : ""}>
        {pace.line.length > 0 ? percentText(pace.failing) : "–"}
      </Figure>
      <Figure name="takes">{numbers?.averageMs === undefined ? "–" : spanText(numbers.averageMs)}</Figure>
      <Figure name="restarts" tone={restarts > 0 ? "text-warn" : ""}>
        {countText(restarts)}
      </Figure>
      {numbers && numbers.dead > 0 && (
        <Figure name="dead letters" tone="text-bad">
          <Link to="/dead-letters" search={{ where: `to:${JSON.stringify(name)}` }} className="underline">
            {countText(numbers.dead)}
          </Link>
        </Figure>
      )}
    </dl>
  );
}

function Figure({
  name,
  children,
  tone = "",
}: {
  readonly name: string;
  readonly children: ReactNode;
  readonly tone?: string;
}) {
  return (
    <div className="flex flex-col-reverse">
      <dt className="text-tiny text-soft">{name}</dt>
      <dd className={`text-title ${tone}`}>{children}</dd>
    </div>
  );
}

function RunningBox({ name, count }: { readonly name: string; readonly count: number }) {
  const query = useQuery(agentQueries.running(name));
  return (
    <Box title="Doing now">
      <Shown query={query}>
        {(records) =>
          records.length === 0 ? (
            <p className="text-small text-soft">
              {count === 0
                ? "Nothing: it handles no message."
                : `${counted(count, "message")}, sent at most once: nothing is kept of it.`}
            </p>
          ) : (
            <Scrolled>
              <Envelopes label="Doing now" items={records.map(({ envelope }) => envelope)} />
            </Scrolled>
          )
        }
      </Shown>
    </Box>
  );
}

function WaitingBox({ name, count }: { readonly name: string; readonly count: number }) {
  const query = useQuery(agentQueries.waiting(name));
  return (
    <Box title="Waiting" tools={<span className="text-tiny text-soft">in order; looking takes none</span>}>
      <Shown query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="text-small text-soft">Nothing waits.</p>
          ) : (
            <Scrolled>
              <Envelopes label="Waiting" items={items} />
              {count > items.length && (
                <p className="p-2 text-small text-soft">and {countText(count - items.length)} more</p>
              )}
            </Scrolled>
          )
        }
      </Shown>
    </Box>
  );
}

function DelayedBox({ name, count }: { readonly name: string; readonly count: number }) {
  const query = useQuery(agentQueries.delayed(name));
  return (
    <Box
      title="Delayed"
      tools={<span className="text-tiny text-soft">{counted(count, "message")}, the earliest first</span>}
    >
      <Shown query={query}>
        {({ items }) => (
          <Scrolled>
            <DelayedTable items={items.map((each) => ({ ...each, mailbox: name }))} isOfOne />
          </Scrolled>
        )}
      </Shown>
    </Box>
  );
}

function Scrolled({ children }: { readonly children: ReactNode }) {
  return <div className="max-h-56 overflow-auto">{children}</div>;
}
