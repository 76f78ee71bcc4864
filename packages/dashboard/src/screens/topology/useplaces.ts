/** Places: where everything stands now: laid out in a worker when somebody comes or meets somebody new, and else left as it is. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { keepPlaces, keptPlaces } from "./kept.ts";
import { settled, type Place, type Places } from "./layout.ts";
import { shapeOf, type Picture } from "./picture.ts";

/** What was placed because it has traffic, while this page is open. */
const placed = new Map<string, Places>();

export interface Placed {
  /** Undefined until it was laid out for the first time. */
  readonly places: Places | undefined;
  /** Puts something elsewhere; `isEnd` where it stays. */
  readonly move: (id: string, place: Place, isEnd: boolean) => void;
  /** Forgets what was put by hand. */
  readonly anew: () => void;
}

export function usePlaces(picture: Picture): Placed {
  const { grouping } = picture;
  const [places, setPlaces] = useState<Places>();
  const [round, setRound] = useState(0);
  const shape = useMemo(() => shapeOf(picture), [picture]);
  const worker = useRef<Worker>(undefined);
  useEffect(() => {
    const own = new Worker(new URL("./layout.worker.ts", import.meta.url), { type: "module" });
    worker.current = own;
    return () => own.terminate();
  }, []);
  // Only who is there and who knows whom is laid out; how much they say is not.
  const asked = useRef(picture);
  asked.current = picture;
  useEffect(() => {
    const own = worker.current;
    const { dots, lines } = asked.current;
    const ids = dots.map(({ id }) => id);
    const hear = ({ data }: MessageEvent<{ readonly number: number; readonly places: Places }>): void => {
      if (data.number !== round) return;
      const before = placed.get(grouping) ?? {};
      const now = settled(ids, data.places, { ...before, ...keptPlaces(grouping) });
      const joined = Object.keys(data.places).flatMap((id) => (now[id] ? [[id, now[id]] as const] : []));
      placed.set(grouping, { ...before, ...Object.fromEntries(joined) });
      setPlaces(now);
    };
    own?.addEventListener("message", hear);
    own?.postMessage({
      number: round,
      sketch: {
        dots: ids,
        lines: lines.map(({ from, to, amount }) => [from, to, Math.ceil(Math.log2(amount + 1)) + 1]),
      },
    });
    return () => own?.removeEventListener("message", hear);
  }, [shape, grouping, round]);
  const move = useCallback(
    (id: string, place: Place, isEnd: boolean) => {
      setPlaces((before) => ({ ...before, [id]: place }));
      if (isEnd) keepPlaces(grouping, { ...keptPlaces(grouping), [id]: place });
    },
    [grouping],
  );
  const anew = useCallback(() => {
    placed.delete(grouping);
    keepPlaces(grouping, {});
    setRound((before) => before + 1);
  }, [grouping]);
  return { places, move, anew };
}
