/** Lane heads: the names above the lanes; they stay while one scrolls. */
import { FoldHorizontal, UnfoldHorizontal } from "lucide-react";
import { plain } from "../../parts/text.ts";
import type { Lane } from "./lanes.ts";
import type { Scene } from "./scene.ts";
import { laneAt, type Sizes } from "./shapes.ts";

export interface LaneHeadsProps {
  readonly lanes: readonly Lane[];
  readonly sizes: Sizes;
  readonly height: number;
  readonly scene: Scene;
}

export function LaneHeads({ lanes, sizes, height, scene }: LaneHeadsProps) {
  return (
    <div
      className="sticky top-0 z-5 border-b border-line bg-panel"
      style={{ height, width: sizes.width, fontSize: sizes.font }}
    >
      {lanes.map((lane, at) => (
        <div
          key={lane.key}
          className="absolute top-0 flex h-full -translate-x-1/2 items-center gap-0.5"
          style={{ left: laneAt(sizes, at), maxWidth: sizes.distance - 6 }}
        >
          <Head lane={lane} isFirst={lanes[at - 1]?.group !== lane.group} scene={scene} />
        </div>
      ))}
    </div>
  );
}

function Head({
  lane: { key, members, group, isFolded },
  isFirst,
  scene: { choice, focus, fold },
}: {
  readonly lane: Lane;
  readonly isFirst: boolean;
  readonly scene: Scene;
}) {
  const name = plain(isFolded ? `${group} (${members.length})` : key);
  const isFocused = choice.focus === key;
  const Fold = isFolded ? UnfoldHorizontal : FoldHorizontal;
  return (
    <>
      <button
        type="button"
        disabled={isFolded}
        aria-pressed={isFocused}
        title={
          isFolded
            ? plain(members.join(", "))
            : isFocused
              ? `${name}: show all again`
              : `${name}: show only its messages`
        }
        className="min-w-0 truncate rounded-chip border border-transparent px-1.5 py-0.5 font-medium hover:border-strong disabled:opacity-100 aria-pressed:border-accent aria-pressed:bg-chosen"
        onClick={() => focus(isFocused ? undefined : key)}
      >
        {name}
      </button>
      {group !== undefined && (isFirst || isFolded) && (
        <button
          type="button"
          aria-label={isFolded ? `Show the agents of ${plain(group)}` : `Show ${plain(group)} as one lane`}
          title={isFolded ? `Show the agents of ${plain(group)}` : `Show ${plain(group)} as one lane`}
          className="shrink-0 rounded-chip p-0.5 text-soft hover:bg-hover hover:text-ink"
          onClick={() => fold(group)}
        >
          <Fold size={13} aria-hidden />
        </button>
      )}
    </>
  );
}
