/** What is known of a dot, or of a line that stands for several: who is meant, and what goes in and out. */
import { Link } from "@tanstack/react-router";
import { Button } from "../../parts/button.tsx";
import { Drawer } from "../../parts/drawer.tsx";
import { countText, plain, rateText } from "../../parts/text.ts";
import type { Edge } from "../../api/types.ts";
import { amountOf, idOf, tintOf, whereOf } from "./ends.ts";
import { EndName } from "./endname.tsx";
import { OTHERS, type Dot, type Picture } from "./picture.ts";
import { wordOf } from "./words.ts";

/** Names and pairs that are listed. */
const MOST = 60;

export interface DotDrawerProps {
  readonly dot: Dot;
  readonly picture: Picture;
  readonly seconds: number;
  readonly isOpen: boolean;
  readonly onOpen: (group: string) => void;
  readonly onClose: () => void;
}

export function DotDrawer({ dot, picture, seconds, isOpen, onOpen, onClose }: DotDrawerProps) {
  const lines = picture.lines.filter(({ from, to }) => from === dot.id || to === dot.id);
  const into = lines.filter(({ to }) => to === dot.id).flatMap(({ edges }) => edges);
  const out = lines.filter(({ from }) => from === dot.id).flatMap(({ edges }) => edges);
  const group = dot.kind === "group" ? dot.id : dot.group;
  return (
    <Drawer title={plain(dot.label)} onClose={onClose}>
      <div className="grid gap-3 text-small">
        <p className="flex items-center gap-3">
          <span className="text-soft">{wordOf(dot)}</span>
          {group !== undefined && group !== OTHERS && (
            <Button onClick={() => onOpen(group)}>
              {isOpen ? "Draw the group as one" : "Draw its members"}
            </Button>
          )}
        </p>
        <p className="flex flex-wrap gap-x-3 gap-y-1">
          {dot.ends.slice(0, MOST).map((end) => (
            <span key={idOf(end)} className="wrap-anywhere">
              <EndName end={end} />
            </span>
          ))}
          {dot.ends.length > MOST && (
            <span className="text-soft">and {countText(dot.ends.length - MOST)} more</span>
          )}
        </p>
        <Pairs title="Comes in" edges={into} seconds={seconds} />
        <Pairs title="Goes out" edges={out} seconds={seconds} />
      </div>
    </Drawer>
  );
}

/** The pairs that a line stands for. */
export function Pairs({
  title,
  edges,
  seconds,
}: {
  readonly title: string;
  readonly edges: readonly Edge[];
  readonly seconds: number;
}) {
  const sorted = edges.toSorted((a, b) => amountOf(b) - amountOf(a));
  return (
    <section aria-label={title} className="grid gap-1">
      <h3 className="text-tiny text-soft">{title}</h3>
      {edges.length === 0 && <p className="text-soft">Nothing in the last 5 minutes.</p>}
      <ul className="grid gap-1">
        {sorted.slice(0, MOST).map((edge) => (
          <li
            key={`${idOf(edge.from)}\n${idOf(edge.to)} ${edge.from.keyed} ${edge.to.keyed}`}
            className="flex flex-wrap items-baseline gap-x-2 wrap-anywhere"
          >
            <span>
              <EndName end={edge.from} /> → <EndName end={edge.to} />
            </span>
            <span className="text-soft">{rateText(amountOf(edge) / seconds)}/s</span>
            {edge.failed > 0 && (
              <span className={tintOf(edge) === "bad" ? "text-bad" : "text-warn"}>
                ✖ {countText(edge.failed)} failed
              </span>
            )}
            <Link
              to="/live"
              search={{ where: whereOf(edge) }}
              className="underline decoration-line underline-offset-2"
            >
              Live
            </Link>
          </li>
        ))}
      </ul>
      {edges.length > MOST && (
        <p className="text-soft">and {countText(edges.length - MOST)} more, in the table</p>
      )}
    </section>
  );
}
