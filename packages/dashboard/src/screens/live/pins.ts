/** Pins: messages that somebody keeps in sight while others come; as long as the page is open. */
import { useCallback, useState } from "react";
import { live } from "../../live/live.ts";
import type { Message } from "../../live/log.ts";

const MOST = 20;
let kept: readonly Message[] = [];

export function usePins(): readonly [readonly Message[], (message: Message) => void] {
  const [pins, setPins] = useState(kept);
  const toggle = useCallback((message: Message) => {
    const others = kept.filter(({ id }) => id !== message.id);
    kept = others.length < kept.length ? others : [...kept, message].slice(-MOST);
    setPins(kept);
  }, []);
  return [pins.map(asItIsNow), toggle];
}

/** What has become of it since it was pinned. */
function asItIsNow(pin: Message): Message {
  const number = live.log.numberOf(pin.id);
  const entry = number === undefined ? undefined : live.log.at(number);
  return entry?.kind === "message" ? entry : pin;
}
