/** Replay: a conversation once more, as fast or slowly as one likes; long gaps pass quickly. */
import { Pause, Play, RotateCcw } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { useKeys } from "../../app/keys.ts";
import { Button } from "../../parts/button.tsx";
import type { Folding } from "./folding.ts";
import { sinceText } from "./shapes.ts";

const speeds = [0.5, 1, 2, 4, 8, 16, 32] as const;
/** Steps of the slider. */
const STEPS = 1000;

export interface ReplayProps {
  readonly folding: Folding;
  readonly start: number;
  /** Up to when it is shown; undefined for all of it. */
  readonly until: number | undefined;
  readonly setUntil: (until: number | undefined) => void;
}

export function Replay({ folding, start, until, setUntil }: ReplayProps) {
  const [isPlaying, setPlaying] = useState(false);
  const [speed, setSpeed] = useState<number>(1);
  const place = until === undefined ? folding.length : folding.place(until);
  const isAtEnd = place >= folding.length;
  usePlaying(isPlaying, speed, folding, until, (next) => {
    setUntil(next);
    if (next === undefined) setPlaying(false);
  });
  const play = (): void => {
    if (!isPlaying && isAtEnd) setUntil(folding.time(0));
    setPlaying(!isPlaying);
  };
  useKeys(
    useMemo(
      () => [{ keys: " ", does: "Replay, or stop it", run: () => play() }],
      // The key does what the button does now.
      [isPlaying, isAtEnd, folding],
    ),
  );
  const seek = (step: number): void => {
    setUntil(step >= STEPS ? undefined : folding.time((step / STEPS) * folding.length));
  };
  const at = until ?? folding.time(folding.length);
  return (
    <div
      role="group"
      aria-label="Replay"
      className="flex shrink-0 items-center gap-2 border-t border-line bg-panel px-3 py-1.5 text-small"
    >
      <Button kind="quiet" aria-label={isPlaying ? "Stop the replay" : "Replay"} title="Space" onClick={play}>
        {isPlaying ? <Pause size={14} aria-hidden /> : <Play size={14} aria-hidden />}
        {isPlaying ? "Stop" : "Replay"}
      </Button>
      <input
        type="range"
        min={0}
        max={STEPS}
        aria-label="Place in the replay"
        aria-valuetext={sinceText(at - start)}
        className="min-w-24 grow accent-accent"
        value={Math.round((place / folding.length) * STEPS)}
        onChange={(event) => {
          setPlaying(false);
          seek(Number(event.target.value));
        }}
      />
      <span className="w-20 text-right font-mono text-tiny">{sinceText(Math.max(0, at - start))}</span>
      <label className="flex items-center gap-1 text-soft">
        speed
        <select
          className="rounded-chip border border-strong bg-panel px-1 py-0.5 text-small text-ink"
          value={speed}
          onChange={(event) => setSpeed(Number(event.target.value))}
        >
          {speeds.map((each) => (
            <option key={each} value={each}>
              {each}×
            </option>
          ))}
        </select>
      </label>
      <Button
        kind="quiet"
        disabled={until === undefined}
        onClick={() => {
          setPlaying(false);
          setUntil(undefined);
        }}
      >
        <RotateCcw size={13} aria-hidden />
        All of it
      </Button>
    </div>
  );
}

/** Moves on with each frame; undefined is the end. */
function usePlaying(
  isPlaying: boolean,
  speed: number,
  folding: Folding,
  until: number | undefined,
  move: (until: number | undefined) => void,
): void {
  useEffect(() => {
    if (!isPlaying) return;
    const begun = performance.now();
    const from = until === undefined ? 0 : folding.place(until);
    const frame = requestAnimationFrame((now) => {
      const place = from + Math.max(1, now - begun) * speed;
      move(place >= folding.length ? undefined : folding.time(place));
    });
    return () => cancelAnimationFrame(frame);
  });
}
