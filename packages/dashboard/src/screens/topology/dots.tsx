/** Dots: how an agent, a person, a topic or a group looks in the picture. */
import { Handle, Position, type Node, type NodeProps } from "@xyflow/react";
import { Bot, Hash, Layers, MonitorDot, UserRound, type LucideIcon } from "lucide-react";
import { memo } from "react";
import { counted, plain } from "../../parts/text.ts";
import type { Dot } from "./picture.ts";
import { toneOf, wordOf } from "./words.ts";

export type DotNode = Node<
  {
    readonly dot: Dot;
    readonly label: string;
    readonly isFaint: boolean;
    readonly isFound: boolean;
    readonly isChosen: boolean;
  },
  "dot"
>;

/** Lines begin and end in one point of a box. */
const POINT = { minWidth: 0, minHeight: 0, width: 0, height: 0, border: 0, visibility: "hidden" } as const;

const icons: Readonly<Record<Dot["kind"], LucideIcon>> = {
  ...{ agent: Bot, person: UserRound, topic: Hash, system: MonitorDot, group: Layers },
};

const tones = { good: "text-soft", warn: "text-warn", bad: "text-bad", quiet: "text-soft" } as const;

export const DotBox = memo(function DotBox({
  data: { dot, isFaint, isFound, isChosen },
}: NodeProps<DotNode>) {
  const Icon = icons[dot.kind];
  const tone = dot.agent === undefined ? "quiet" : toneOf(dot.agent).tone;
  const lit = isChosen || isFound ? "border-accent" : tone === "bad" ? "border-bad" : "border-strong";
  // What is written can be read of those that step back as well.
  const looks = isFaint ? "border-line" : `bg-raised ${lit}`;
  return (
    <div
      title={`${plain(dot.label)}: ${dot.kind === "group" ? counted(dot.ends.length, "member") : wordOf(dot)}`}
      className={`flex h-full w-full items-center gap-2 rounded-box border px-2.5 ${looks} ${isChosen ? "bg-chosen" : ""} ${dot.kind === "group" ? "border-double border-4" : dot.kind === "agent" ? "" : "border-dashed"}`}
    >
      <Icon size={15} aria-hidden className="shrink-0 text-soft group-data-far/flow:hidden" />
      <span className="min-w-0 grow group-data-far/flow:hidden">
        <span className={`block truncate text-small ${isFaint ? "text-soft" : "font-medium text-ink"}`}>
          {plain(dot.label)}
        </span>
        <span className={`block truncate text-tiny ${tones[tone]}`}>{wordOf(dot)}</span>
      </span>
      <Handle type="target" position={Position.Left} isConnectable={false} style={POINT} />
      <Handle type="source" position={Position.Right} isConnectable={false} style={POINT} />
    </div>
  );
});
