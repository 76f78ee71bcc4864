/** Trace: where the time of a conversation went: who waited for whom, and what it all waited for. */
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { Check, Copy } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { busyIn, criticalPath, extentOf, foldGaps, isInFlight, toOtlp, traceIdOf } from "@hermod/hub/drawing";
import { useView } from "../app/view.ts";
import { Button } from "../parts/button.tsx";
import { Command, Empty } from "../parts/empty.tsx";
import { useNow } from "../parts/now.ts";
import { Shown } from "../parts/shown.tsx";
import { counted, plain, spanText } from "../parts/text.ts";
import { Time } from "../parts/time.tsx";
import { MessageDrawer } from "./message/drawer.tsx";
import { traceQuery, type Trace as Told } from "./traces/asked.ts";
import { sharesOf, waysOf } from "./traces/parts.ts";
import type { Scene } from "./traces/scene.ts";
import { Waterfall } from "./traces/waterfall.tsx";

/** Of more messages what is in flight is drawn anew less often. */
const MANY = 2000;

export function Trace() {
  const { id } = useParams({ from: "/traces/$id" });
  const query = useQuery(traceQuery(id));
  return (
    <section aria-label="Trace" className="flex h-full flex-col">
      <Shown query={query}>
        {(told) => (told.spans.count === 0 ? <None id={id} /> : <Known key={id} id={id} told={told} />)}
      </Shown>
    </section>
  );
}

function None({ id }: { readonly id: string }) {
  return (
    <Empty title={`No trace ${plain(id)} is remembered`}>
      It is the id of a conversation, of a message or of a W3C trace. See what there is:{" "}
      <Command>npx hermod conversations ls</Command>
    </Empty>
  );
}

function Known({ id, told }: { readonly id: string; readonly told: Told }) {
  const { spans } = told;
  const [{ id: chosen }, change] = useView();
  const isOpen = useMemo(() => isInFlight(spans), [spans]);
  const ticking = useNow(!isOpen ? 60_000 : spans.count > MANY ? 2000 : 250);
  const now = isOpen ? ticking : 0;
  const scene = useMemo<Scene>(() => {
    const path = criticalPath(spans, now);
    const folding = foldGaps(busyIn(spans, now));
    return { spans, now, path, ways: waysOf(path, spans.count), folding, extent: extentOf(spans, now) };
  }, [spans, now]);
  const choose = useCallback((next: string | undefined) => change({ id: next }), [change]);
  return (
    <>
      <Head id={id} told={told} scene={scene} isOpen={isOpen} />
      <div className="flex min-h-0 grow">
        <Waterfall scene={scene} chosen={chosen} choose={choose} />
        {chosen !== undefined && (
          <MessageDrawer key={chosen} chosen={chosen} glance={undefined} onClose={() => choose(undefined)} />
        )}
      </div>
    </>
  );
}

interface HeadProps {
  readonly id: string;
  readonly told: Told;
  readonly scene: Scene;
  readonly isOpen: boolean;
}

/** Whom the path goes through that are named. */
const NAMED = 3;

function Head({ id, told: { spans, messages, isWhole }, scene: { path, extent }, isOpen }: HeadProps) {
  const conversations = useMemo(() => [...new Set(spans.conversations)], [spans]);
  const context = useMemo(() => traceIdOf(spans.contexts.find((each) => each !== "") ?? ""), [spans]);
  const shares = useMemo(() => sharesOf(spans, path), [spans, path]);
  const bad = useMemo(
    () => spans.states.filter((state) => state === "failed" || state === "dead").length,
    [spans],
  );
  const named = shares.slice(0, NAMED).map(([name, part]) => `${plain(name)} ${Math.round(part * 100)} %`);
  return (
    <div className="flex min-h-12 shrink-0 flex-wrap items-center gap-x-3 gap-y-2 border-b border-line bg-panel px-4 py-2">
      <div className="min-w-0 grow">
        <h1 className="flex items-baseline gap-2 text-base font-semibold">
          Trace
          <span
            title={plain(id)}
            className="max-w-72 truncate font-mono text-tiny font-normal text-soft select-all"
          >
            {plain(id)}
          </span>
        </h1>
        <p className="flex flex-wrap items-center gap-x-3 text-small text-soft">
          <span>
            {counted(messages, "message")}
            {!isWhole && " and more, which are not drawn"}
          </span>
          <span>
            {spanText(extent.to - extent.from)}
            {isOpen && " so far"}
          </span>
          <Time at={extent.from} ago />
          {bad > 0 && <span className="text-bad">✖ {bad} failed</span>}
          {named.length > 0 && (
            <span title="Whose time the critical path was">critical path: {named.join(", ")}</span>
          )}
          {context !== "" && <span className="font-mono text-tiny">W3C {context}</span>}
        </p>
      </div>
      {conversations.length === 1 && (
        <Link
          to="/conversations/$id"
          params={{ id: conversations[0] as string }}
          className="text-small underline decoration-line underline-offset-2 hover:decoration-accent"
        >
          Conversation
        </Link>
      )}
      <CopyOtlp text={() => JSON.stringify(toOtlp(spans, Date.now()))} />
    </div>
  );
}

function CopyOtlp({ text }: { readonly text: () => string }) {
  const [said, say] = useState<"copied" | "refused">();
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text());
      say("copied");
    } catch {
      say("refused");
    }
  };
  return (
    <span className="flex items-center gap-2">
      <span role="status" className="text-tiny text-soft">
        {said === "refused" ? "The browser does not let it be copied." : said}
      </span>
      <Button title="As OpenTelemetry takes it; without what was said" onClick={() => void copy()}>
        {said === "copied" ? (
          <Check size={13} aria-hidden className="text-good" />
        ) : (
          <Copy size={13} aria-hidden />
        )}
        Copy OTLP JSON
      </Button>
    </span>
  );
}
