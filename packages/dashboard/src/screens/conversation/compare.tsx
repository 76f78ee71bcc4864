/** Compare: another conversation beside this one, in the same view. */
import { useQuery } from "@tanstack/react-query";
import { Columns2, X } from "lucide-react";
import { useState } from "react";
import { queries } from "../../api/queries.ts";
import { useView } from "../../app/view.ts";
import { Button } from "../../parts/button.tsx";
import { ConversationId } from "../../parts/links.tsx";
import { plain, shortId } from "../../parts/text.ts";
import { Pane, type ViewName } from "./pane.tsx";
import { useScene } from "./usescene.ts";
import { useTalk } from "./usetalk.ts";

export function CompareWith({ id, other }: { readonly id: string; readonly other: string | undefined }) {
  const [, change] = useView();
  const [isChoosing, setChoosing] = useState(false);
  if (other !== undefined)
    return (
      <Button onClick={() => change({ with: undefined }, false)}>
        <X size={13} aria-hidden />
        End the comparison
      </Button>
    );
  if (!isChoosing)
    return (
      <Button
        kind="quiet"
        aria-label="Compare with another conversation"
        title="Compare with another conversation"
        onClick={() => setChoosing(true)}
      >
        <Columns2 size={14} aria-hidden />
      </Button>
    );
  return (
    <Choosing
      id={id}
      choose={(next) => {
        setChoosing(false);
        if (next !== "") change({ with: next }, false);
      }}
    />
  );
}

function Choosing({ id, choose }: { readonly id: string; readonly choose: (id: string) => void }) {
  const { data = [] } = useQuery(queries.newestConversations);
  return (
    <select
      // It came where the button was that was pressed.
      autoFocus
      aria-label="Compare with"
      className="max-w-56 rounded-chip border border-strong bg-panel px-1 py-1 text-small"
      value=""
      onChange={({ target }) => choose(target.value)}
      onBlur={() => choose("")}
    >
      <option value="">with …</option>
      {data
        .filter((each) => each.id !== id)
        .map(({ id: each, first }) => (
          <option key={each} value={each}>
            {plain(`${first.operation || first.type} ${first.preview}`).slice(0, 60)} {plain(shortId(each))}
          </option>
        ))}
    </select>
  );
}

export function Compared({
  id,
  view,
  zoom,
}: {
  readonly id: string;
  readonly view: ViewName;
  readonly zoom: number;
}) {
  const talk = useTalk(id, false);
  const scene = useScene(talk, zoom, undefined);
  return (
    <div className="flex w-1/2 min-w-0 shrink-0 flex-col border-l-2 border-strong">
      <p className="flex gap-2 border-b border-line bg-panel px-3 py-1 text-small text-soft">
        compared with <ConversationId id={id} />
      </p>
      <div className="min-h-0 grow">
        <Pane talk={talk} scene={scene} view={view} />
      </div>
    </div>
  );
}
