/** The name of an end: an agent leads to its screen, a topic to what was published to it. */
import { Link } from "@tanstack/react-router";
import type { End } from "../../api/types.ts";
import { AgentName } from "../../parts/links.tsx";
import { plain } from "../../parts/text.ts";

export function EndName({ end: { kind, name, keyed } }: { readonly end: End }) {
  if (kind === "system") return <span className="text-soft">system</span>;
  if (kind === "topic")
    return (
      <Link
        to="/messages"
        search={{ where: `topic:${JSON.stringify(name)}` }}
        className="text-info underline decoration-line underline-offset-2 hover:decoration-accent"
      >
        {plain(name)}
      </Link>
    );
  return (
    <>
      <AgentName address={kind === "person" ? `~people/${name}` : name} />
      {keyed && <span className="text-soft"> (instances)</span>}
    </>
  );
}
