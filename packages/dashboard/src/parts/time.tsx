/** Time: when something was, as a clock shows it, with the whole of it and how long ago when one points at it. */
import { useNow } from "./now.ts";
import { agoText, clockText, dateText } from "./text.ts";

/** `at` is ISO 8601 or milliseconds since 1970. */
export function Time({ at, ago = false }: { readonly at: string | number; readonly ago?: boolean }) {
  const ms = typeof at === "number" ? at : Date.parse(at);
  const iso = new Date(ms).toISOString();
  return (
    <time dateTime={iso} title={`${dateText(ms)} · ${iso}`} className={ago ? "" : "font-mono text-tiny"}>
      {ago ? <Ago at={ms} /> : clockText(ms)}
    </time>
  );
}

function Ago({ at }: { readonly at: number }) {
  const now = useNow(1000);
  return Math.abs(now - at) < 1500 ? "now" : agoText(at, now);
}
