/** Talking: the conversations in which something was last said, those that go on among them: each is a step from its diagram. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { queries } from "../../api/queries.ts";
import type { ConversationSummary } from "../../api/types.ts";
import { Box } from "../../parts/screen.tsx";
import { TalkStatus } from "../../parts/talkstatus.tsx";
import { counted, nameOf, plain } from "../../parts/text.ts";
import { Time } from "../../parts/time.tsx";

const TOP = 5;

export function Talking() {
  const { data = [] } = useQuery(queries.newestConversations);
  if (data.length === 0) return null;
  return (
    <Box
      title="Newest conversations"
      tools={
        <Link to="/conversations" className="text-small text-soft hover:text-ink">
          All conversations
        </Link>
      }
    >
      <ul className="text-small">
        {data.slice(0, TOP).map((each) => (
          <Talk key={each.id} talk={each} />
        ))}
      </ul>
    </Box>
  );
}

function Talk({
  talk: { id, first, messages, isWhole, state, endedAt },
}: {
  readonly talk: ConversationSummary;
}) {
  const whom = first.to ?? first.topic;
  return (
    <li className="flex items-center gap-3 border-b border-line/60 py-1 last:border-b-0">
      <span className="w-20 shrink-0">
        <TalkStatus state={state} />
      </span>
      <Link to="/conversations/$id" params={{ id }} className="min-w-0 grow truncate hover:underline">
        {plain(nameOf(first.from))} → {plain(whom === undefined ? "nobody" : nameOf(whom))}{" "}
        <span className="text-soft">{plain(first.operation || first.type)}</span>
      </Link>
      <span className="shrink-0 text-soft">
        {counted(messages, "message")}
        {isWhole ? "" : "+"}
      </span>
      <span className="w-24 shrink-0 text-right text-soft">
        <Time at={endedAt} ago />
      </span>
    </li>
  );
}
