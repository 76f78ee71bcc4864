/** Topology: who speaks to whom, how much and how well, over the last 5 minutes. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Suspense, useCallback, useMemo, useState } from "react";
import { queries } from "../api/queries.ts";
import type { AgentStatus, SystemStatus, Traffic } from "../api/types.ts";
import { useKeys } from "../app/keys.ts";
import { useView } from "../app/view.ts";
import { Button } from "../parts/button.tsx";
import { Drawer } from "../parts/drawer.tsx";
import { Command, Empty } from "../parts/empty.tsx";
import { lazily } from "../parts/lazily.ts";
import { Screen } from "../parts/screen.tsx";
import { Shown } from "../parts/shown.tsx";
import { countText, counted } from "../parts/text.ts";
import { WordBox } from "./agents/wordbox.tsx";
import { DotDrawer, Pairs } from "./topology/dotdrawer.tsx";
import { whereOf } from "./topology/ends.ts";
import { groupings, toGrouping, toPicture, type Line, type Picture } from "./topology/picture.ts";
import { Tables } from "./topology/tables.tsx";
import { usePlaces } from "./topology/useplaces.ts";

const Canvas = lazily(async () => (await import("./topology/canvas.tsx")).Canvas);

export function Topology() {
  const [{ agent: words = "", view, group }, change] = useView();
  const agents = useQuery(queries.agents);
  const traffic = useQuery(queries.edges);
  const bySupervisor = toGrouping(group) === "supervisor";
  const systems = useQuery({ ...queries.systems, enabled: bySupervisor });
  const setWords = useCallback((text: string) => change({ agent: text }), [change]);
  const isTable = view === "table";
  return (
    <Screen
      title="Topology"
      fills
      tools={
        <>
          <WordBox text={words} onText={setWords} example="Find by name" />
          <label className="flex items-center gap-1.5 text-small text-soft">
            drawn together by
            <select
              className="rounded-chip border border-strong bg-panel px-1 py-1 text-small text-ink"
              value={toGrouping(group)}
              disabled={isTable}
              onChange={({ target }) =>
                change({ group: target.value, fold: undefined, id: undefined }, false)
              }
            >
              {groupings.map((each) => (
                <option key={each}>{each}</option>
              ))}
            </select>
          </label>
          <Button
            aria-pressed={isTable}
            className="aria-pressed:bg-chosen"
            onClick={() => change({ view: isTable ? undefined : "table" }, false)}
          >
            Table
          </Button>
        </>
      }
    >
      <Shown query={agents}>
        {(known) => (
          <Shown query={traffic}>
            {(told) =>
              isTable ? (
                <div className="h-full overflow-auto">
                  <Tables agents={known} edges={told.items} seconds={secondsOf(told)} words={words} />
                </div>
              ) : bySupervisor && systems.data === undefined && !systems.error ? (
                <Shown query={systems}>{() => null}</Shown>
              ) : (
                <Drawn agents={known} traffic={told} systems={systems.data ?? none} words={words} />
              )
            }
          </Shown>
        )}
      </Shown>
    </Screen>
  );
}

const none: readonly SystemStatus[] = [];

const secondsOf = ({ from, until }: Traffic): number =>
  Math.max(1, (Date.parse(until) - Date.parse(from)) / 1000);

interface DrawnProps {
  readonly agents: readonly AgentStatus[];
  readonly traffic: Traffic;
  readonly systems: readonly SystemStatus[];
  readonly words: string;
}

function Drawn({ agents, traffic, systems, words }: DrawnProps) {
  const [{ group, fold = "", id }, change] = useView();
  const navigate = useNavigate();
  const [several, setSeveral] = useState<string>();
  const grouping = toGrouping(group);
  const open = useMemo(() => new Set(fold.split("\n").filter((each) => each !== "")), [fold]);
  const picture = useMemo(
    () => toPicture(agents, traffic.items, systems, { grouping, open }),
    [agents, traffic, systems, grouping, open],
  );
  const placed = usePlaces(picture);
  const found = useMemo(() => foundIn(picture, words), [picture, words]);
  const choose = useCallback((next: string) => (setSeveral(undefined), change({ id: next })), [change]);
  const show = useCallback(
    (line: Line) => {
      const [edge] = line.edges;
      if (edge && line.edges.length === 1)
        return void navigate({ to: "/live", search: { where: whereOf(edge) } });
      change({ id: undefined });
      setSeveral(line.id);
    },
    [navigate, change],
  );
  const close = useCallback(() => (setSeveral(undefined), change({ id: undefined })), [change]);
  useKeys(useMemo(() => [{ keys: "Escape", does: "Look at none", run: close }], [close]));
  const seconds = secondsOf(traffic);
  const dot = picture.dots.find((each) => each.id === id);
  const line = picture.lines.find((each) => each.id === several);
  const toggle = (name: string): void => {
    const next = open.has(name) ? [...open].filter((each) => each !== name) : [...open, name];
    change({ fold: next.join("\n"), id: undefined }, false);
  };
  if (picture.dots.length === 0) return <Nobody />;
  return (
    <div className="flex h-full">
      <div className="relative min-w-0 grow">
        <Suspense fallback={<p className="p-4 text-small text-soft">Getting what draws it …</p>}>
          <Canvas
            key={picture.grouping}
            {...{ picture, placed, seconds, found, choose }}
            now={Date.parse(traffic.until)}
            chosen={dot?.id}
            open={show}
          />
        </Suspense>
        <Said picture={picture} traffic={traffic} asked={grouping} found={found?.size} anew={placed.anew} />
      </div>
      {dot && (
        <DotDrawer
          {...{ dot, picture, seconds }}
          isOpen={open.has(dot.group ?? "")}
          onOpen={toggle}
          onClose={close}
        />
      )}
      {!dot && line && (
        <Drawer title="What this line stands for" onClose={close}>
          <Pairs title={counted(line.edges.length, "pair")} edges={line.edges} seconds={seconds} />
        </Drawer>
      )}
    </div>
  );
}

/** Undefined where nothing is looked for. */
function foundIn({ dots }: Picture, words: string): ReadonlySet<string> | undefined {
  const wanted = words.trim().toLowerCase();
  if (wanted === "") return undefined;
  const own = dots.filter(
    ({ label, ends }) =>
      label.toLowerCase().includes(wanted) || ends.some(({ name }) => name.toLowerCase().includes(wanted)),
  );
  return new Set(own.map(({ id }) => id));
}

interface SaidProps {
  readonly picture: Picture;
  readonly traffic: Traffic;
  readonly asked: string;
  readonly found: number | undefined;
  readonly anew: () => void;
}

/** What is drawn and what is not, above the picture. */
function Said({ picture, traffic, asked, found, anew }: SaidProps) {
  const { ends, dots, lines, grouping, unseenLines } = picture;
  const parts = [
    `${countText(ends)} in all`,
    ...(dots.length < ends ? [`drawn as ${countText(dots.length)}`] : []),
    ...(grouping === asked ? [] : [`by ${grouping}, since there are many`]),
    counted(lines.length, "line"),
    ...(unseenLines > 0 ? [`${countText(unseenLines)} with less traffic left out`] : []),
    ...(traffic.others > 0 ? [`${countText(traffic.others)} messages between others`] : []),
    ...(lines.length === 0 ? ["nothing was said in the last 5 minutes"] : ["the last 5 minutes"]),
  ];
  return (
    <p className="pointer-events-none absolute top-2 left-2 flex max-w-[calc(100%-1rem)] flex-wrap items-center gap-x-3 gap-y-1 rounded-chip border border-line bg-panel px-2 py-1 text-tiny text-soft">
      <span>{parts.join(" · ")}</span>
      {found !== undefined && <span role="status">{countText(found)} found</span>}
      <button
        type="button"
        className="pointer-events-auto underline decoration-line underline-offset-2 hover:text-ink"
        onClick={anew}
      >
        lay out anew
      </button>
    </p>
  );
}

function Nobody() {
  return (
    <Empty title="Nobody is there, and nothing was said in the last 5 minutes">
      Start agents: <Command>npx hermod dev examples/live/main.ts</Command>
    </Empty>
  );
}
