/** Overview: whether anything is wrong, and where, in five seconds. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { CircleAlert, CircleCheck, TriangleAlert } from "lucide-react";
import { useCallback } from "react";
import { queries } from "../api/queries.ts";
import type { Range } from "../api/types.ts";
import { useMay } from "../app/me.ts";
import { useView } from "../app/view.ts";
import { Command, Empty } from "../parts/empty.tsx";
import { useNow } from "../parts/now.ts";
import { Problem } from "../parts/problem.tsx";
import { Screen } from "../parts/screen.tsx";
import { concernsOf, type Concern, type Known } from "./overview/concerns.ts";
import { Deepest } from "./overview/deepest.tsx";
import { Models } from "./overview/models.tsx";
import { RangePicker } from "./overview/rangepicker.tsx";
import { Talking } from "./overview/talking.tsx";
import { Tiles } from "./overview/tiles.tsx";
import { Traffic } from "./overview/traffic.tsx";
import { isRange, wherein } from "./overview/ranges.ts";

export function Overview() {
  const [{ range: said }, change] = useView();
  const range: Range = isRange(said) ? said : "5m";
  const navigate = useNavigate();
  const now = useNow(1000);
  const agents = useQuery(queries.agents);
  // What is told only to whoever may read of everything is not asked by anybody else.
  const enabled = useMay()("read");
  const series = useQuery({ ...queries.series(range), enabled });
  const hub = useQuery({ ...queries.hub, enabled });
  const known: Known = {
    agents: agents.data,
    breakers: useQuery(queries.breakers).data,
    systems: useQuery({ ...queries.systems, enabled }).data,
    questions: useQuery(queries.questions).data,
    groups: useQuery({ ...queries.deadLetterGroups(""), enabled }).data,
    series: series.data,
  };
  const brush = useCallback(
    (from: number, to: number) =>
      void navigate({ to: "/messages", search: { where: wherein(from, to, Date.now()) } }),
    [navigate],
  );
  // One is enough: where the hub does not answer, it answers nothing.
  const problem = agents.error ?? series.error;
  if (agents.data?.length === 0 && (series.data?.total.stored ?? 0) === 0) return <Nobody />;
  return (
    <Screen
      title="Overview"
      tools={<RangePicker range={range} onRange={(next) => change({ range: next })} />}
    >
      <div className="mx-auto grid max-w-[100rem] gap-3">
        {problem && <Problem error={problem} />}
        <Verdict concerns={concernsOf(known, now)} isKnown={agents.data !== undefined && problem === null} />
        {enabled ? (
          series.data && <Traffic series={series.data} onBrush={brush} />
        ) : (
          <p className="text-small text-soft">
            How much happens is told to whoever may read of everything; this is what you may see.
          </p>
        )}
        <Tiles known={known} hub={hub.data} />
        {series.data && <Models series={series.data} onBrush={brush} />}
        <Talking />
        {agents.data && <Deepest agents={agents.data} />}
      </div>
    </Screen>
  );
}

/** A hub that nobody has come to yet. */
function Nobody() {
  return (
    <Screen title="Overview">
      <Empty title="The hub is there, and no agent yet">
        <p>
          Start some beside it: <Command>npm start</Command> or{" "}
          <Command>npx hermod dev your-agents.ts</Command>
        </p>
        <p className="mt-2">This page fills as soon as they come.</p>
      </Empty>
    </Screen>
  );
}

/** What is wrong, in words; one quiet line where nothing is. */
function Verdict({
  concerns,
  isKnown,
}: {
  readonly concerns: readonly Concern[];
  readonly isKnown: boolean;
}) {
  if (!isKnown) return null;
  if (concerns.length === 0)
    return (
      <p className="flex items-center gap-2">
        <CircleCheck size={16} aria-hidden className="text-good" />
        Nothing is wrong.
      </p>
    );
  return (
    <ul aria-label="What wants a look" className="flex flex-wrap gap-2">
      {concerns.map(({ tone, text, to, where }) => {
        const Icon = tone === "bad" ? TriangleAlert : CircleAlert;
        const look = tone === "bad" ? "border-bad bg-badwash" : "border-warn bg-warnwash";
        const colour = tone === "bad" ? "text-bad" : "text-warn";
        return (
          <li key={text} className="max-w-full">
            <Link
              to={to}
              {...(where !== undefined && { search: { where } })}
              className={`flex items-center gap-2 rounded-chip border px-2 py-1 text-small hover:brightness-95 ${look}`}
            >
              <Icon
                size={14}
                role="img"
                aria-label={tone === "bad" ? "broken" : "wants a look"}
                className={`shrink-0 ${colour}`}
              />
              <span className="truncate">{text}</span>
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
