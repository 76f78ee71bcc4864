/** Conversation: who said what to whom, in four views of the same messages; while it goes on it grows by itself. */
import { useParams } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useView } from "../app/view.ts";
import { Compared, CompareWith } from "./conversation/compare.tsx";
import { foldGaps } from "./conversation/folding.ts";
import { busyIn, barsOf } from "./conversation/bars.ts";
import { Facts } from "./conversation/facts.tsx";
import { MessageDrawer } from "./conversation/messagedrawer.tsx";
import { Pane, views, type ViewName } from "./conversation/pane.tsx";
import { Replay } from "./conversation/replay.tsx";
import { saidIn } from "./conversation/shownrecords.ts";
import { Tools, zoomNow } from "./conversation/tools.tsx";
import { useScene } from "./conversation/usescene.ts";
import { useTalk } from "./conversation/usetalk.ts";

export function Conversation() {
  const { id } = useParams({ from: "/conversations/$id" });
  return <OneConversation key={id} id={id} />;
}

function OneConversation({ id }: { readonly id: string }) {
  const [{ view: said = "", id: chosen, with: other }, change] = useView();
  const view = (said in views ? said : "sequence") as ViewName;
  const [zoom, setZoom] = useState(zoomNow);
  const [until, setUntil] = useState<number>();
  const talk = useTalk(id, true);
  const scene = useScene(talk, zoom, until);
  const { records } = talk;
  const canReplay = talk.isWhole && records.length > 0 && !scene.isOpen;
  const folding = useMemo(() => {
    const all = canReplay ? saidIn(records) : [];
    return foldGaps(busyIn(all, barsOf(all, 0)));
  }, [records, canReplay]);
  const looked = useMemo(
    () => (chosen === undefined ? [] : records.filter(({ envelope }) => envelope.id === chosen)),
    [records, chosen],
  );
  const isThere = records.length > 0;
  return (
    <section aria-label="Conversation" className="flex h-full flex-col">
      <div className="flex min-h-12 shrink-0 flex-wrap items-center gap-x-2 gap-y-2 border-b border-line bg-panel px-4 py-2">
        <Facts talk={talk} />
        <span className="grow" />
        {isThere && <Tools view={view} scene={scene} setZoom={setZoom} />}
        {isThere && <CompareWith id={id} other={other} />}
      </div>
      <div className="flex min-h-0 grow">
        <div className="min-w-0 grow">
          <Pane talk={talk} scene={scene} view={view} />
        </div>
        {other !== undefined && <Compared id={other} view={view} zoom={zoom} />}
        {chosen !== undefined && (
          <MessageDrawer id={chosen} known={looked} onClose={() => change({ id: undefined })} />
        )}
      </div>
      {canReplay && <Replay folding={folding} start={scene.start} until={until} setUntil={setUntil} />}
    </section>
  );
}
