/** Tools: how a conversation is looked at: which view, how large, with or without replies, of whom. */
import { Eye, EyeOff, ZoomIn, ZoomOut } from "lucide-react";
import { useEffect, useMemo } from "react";
import { useKeys } from "../../app/keys.ts";
import { useView } from "../../app/view.ts";
import { Button } from "../../parts/button.tsx";
import { plain } from "../../parts/text.ts";
import { namesIn } from "./lanes.ts";
import { views, type ViewName } from "./pane.tsx";
import type { Scene } from "./scene.ts";
import { TalkExport } from "./talkexport.tsx";

export const zooms = [0.6, 0.75, 0.9, 1, 1.25, 1.5, 2] as const;
const ZOOM = "hermod.zoom";

/** What was chosen last. */
export function zoomNow(): number {
  const said = Number(localStorage.getItem(ZOOM));
  return (zooms as readonly number[]).includes(said) ? said : 1;
}

export interface ToolsProps {
  readonly view: ViewName;
  readonly scene: Scene;
  readonly setZoom: (zoom: number) => void;
}

export function Tools({ view, scene, setZoom }: ToolsProps) {
  const [{ hide, agent }, change] = useView();
  const names = useMemo(() => namesIn(scene.events), [scene.events]);
  const hides = hide === "replies";
  useEffect(() => localStorage.setItem(ZOOM, String(scene.zoom)), [scene.zoom]);
  const step = (by: 1 | -1): void => {
    const next = zooms[(zooms as readonly number[]).indexOf(scene.zoom) + by];
    if (next !== undefined) setZoom(next);
  };
  useKeys(
    useMemo(
      () => [
        { keys: "+", does: "Larger", run: () => step(1) },
        { keys: "-", does: "Smaller", run: () => step(-1) },
        {
          keys: "h",
          does: "Hide or show replies",
          run: () => change({ hide: hides ? undefined : "replies" }),
        },
        { keys: "Escape", does: "Look at no message", run: () => change({ id: undefined }) },
        ...Object.keys(views).map((name, at) => ({
          keys: String(at + 1),
          does: `View: ${name}`,
          run: () => change({ view: name }, false),
        })),
      ],
      // The keys do what the buttons do now.
      [change, hides, scene.zoom],
    ),
  );
  return (
    <>
      <div role="group" aria-label="View" className="flex overflow-hidden rounded-chip border border-strong">
        {Object.keys(views).map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={name === view}
            className="border-r border-strong px-2.5 py-1 text-small text-soft last:border-r-0 hover:bg-hover aria-pressed:bg-chosen aria-pressed:font-medium aria-pressed:text-ink"
            onClick={() => change({ view: name }, false)}
          >
            {name}
          </button>
        ))}
      </div>
      <Button
        kind="quiet"
        aria-pressed={!hides}
        title="Show replies (h)"
        onClick={() => change({ hide: hides ? undefined : "replies" })}
      >
        {hides ? <EyeOff size={13} aria-hidden /> : <Eye size={13} aria-hidden />}
        {hides ? "replies hidden" : "replies"}
      </Button>
      <label className="flex items-center gap-1 text-small text-soft">
        <span className="sr-only">Messages of</span>
        <select
          className="w-28 rounded-chip border border-strong bg-panel px-1 py-1 text-small text-ink"
          value={agent ?? ""}
          onChange={({ target }) => change({ agent: target.value || undefined }, false)}
        >
          <option value="">all agents</option>
          {names.map((name) => (
            <option key={name} value={name}>
              {plain(name)}
            </option>
          ))}
        </select>
      </label>
      {(view === "sequence" || view === "timeline") && (
        <span className="flex [&>button]:px-1.5">
          <Button kind="quiet" aria-label="Smaller" title="Smaller (-)" onClick={() => step(-1)}>
            <ZoomOut size={14} aria-hidden />
          </Button>
          <Button kind="quiet" aria-label="Larger" title="Larger (+)" onClick={() => step(1)}>
            <ZoomIn size={14} aria-hidden />
          </Button>
        </span>
      )}
      <TalkExport scene={scene} />
    </>
  );
}
