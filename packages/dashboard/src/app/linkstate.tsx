/** Link state: a dot and a word: whether what is shown is what happens now. */
import { useNow } from "../parts/now.ts";
import { spanText } from "../parts/text.ts";
import { useLive } from "../live/live.ts";
import type { Link } from "../live/watching.ts";
import { useComeback } from "./comeback.ts";

const looks = {
  connecting: { dot: "bg-warn", text: "connecting" },
  live: { dot: "bg-good", text: "live" },
  reconnecting: { dot: "bg-bad", text: "reconnecting" },
  refused: { dot: "bg-bad", text: "refused" },
} as const;

export function LinkState() {
  const { link } = useLive();
  useComeback();
  const { dot, text } = looks[link.state];
  return (
    <span role="status" className="flex items-center gap-1.5 text-small text-soft">
      <span aria-hidden className={`size-2 rounded-full ${dot}`} />
      {text}
      {link.state === "reconnecting" && <Since link={link} />}
    </span>
  );
}

function Since({ link: { since } }: { readonly link: Extract<Link, { readonly state: "reconnecting" }> }) {
  const now = useNow(1000);
  return <span>, stale for {spanText(Math.max(0, now - since))}</span>;
}
