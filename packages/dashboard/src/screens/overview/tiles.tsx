/** Tiles: one figure each, with a line that says what it means; each leads to the screen behind it. Nothing shines while all is well. */
import { Link } from "@tanstack/react-router";
import { CircleAlert, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { HubStatus } from "../../api/types.ts";
import { Time } from "../../parts/time.tsx";
import { countText, counted, plain, sizeText } from "../../parts/text.ts";
import { flat, restartsIn, some, type Concern, type Known } from "./concerns.ts";

interface TileProps {
  readonly name: string;
  /** Absent while it is not known. */
  readonly figure: string | undefined;
  readonly detail: ReactNode;
  readonly to: Concern["to"] | "/system" | "/conversations";
  readonly tone?: Concern["tone"] | undefined;
}

function Tile({ name, figure, detail, to, tone }: TileProps) {
  const Icon = tone === "bad" ? TriangleAlert : CircleAlert;
  const colour = tone === "bad" ? "text-bad" : tone === "warn" ? "text-warn" : "";
  return (
    <Link
      to={to}
      className="block min-w-0 rounded-box border border-line bg-panel px-3 py-2 hover:border-strong hover:bg-hover"
    >
      <span className="flex items-center gap-1.5 text-small text-soft">
        {name}
        {tone && <Icon size={13} role="img" aria-label="wants a look" className={colour} />}
      </span>
      <span className={`block truncate text-figure font-semibold ${colour}`}>{figure ?? "–"}</span>
      <span className="block truncate text-tiny text-soft">{detail}</span>
    </Link>
  );
}

export function Tiles({ known, hub }: { readonly known: Known; readonly hub: HubStatus | undefined }) {
  const { groups, breakers, questions, systems, series } = known;
  const asked = series?.total;
  const dead = groups?.reduce((sum, { count }) => sum + count, 0);
  const latest = groups
    ?.map(({ lastAt }) => lastAt)
    .toSorted()
    .at(-1);
  const open = breakers?.filter(({ state }) => state !== "closed");
  const isOpen = open?.some(({ state }) => state === "open");
  const restarts = systems && restartsIn(systems);
  const restarted = systems
    ?.flatMap(({ tree = [] }) => tree.flatMap(flat))
    .map(({ restartedAt }) => restartedAt)
    .filter((at) => typeof at === "string")
    .toSorted()
    .at(-1);
  const silent = systems?.some(({ answers }) => !answers);
  const next = questions
    ?.flatMap(({ deadline }) => deadline ?? [])
    .toSorted()
    .at(0);
  return (
    <div className="grid grid-cols-7 gap-3 max-[1250px]:grid-cols-4 max-[900px]:grid-cols-3 max-[560px]:grid-cols-2">
      <Tile
        {...{ name: "Dead letters", figure: dead === undefined ? undefined : countText(dead) }}
        {...{ to: "/dead-letters", tone: dead ? "warn" : undefined }}
        detail={
          latest === undefined ? (
            groups && "none"
          ) : (
            <>
              {counted(groups?.length ?? 0, "cause")}, last <Time at={latest} ago />
            </>
          )
        }
      />
      <Tile
        {...{ name: "Open breakers", figure: open && countText(open.length), to: "/breakers" }}
        tone={isOpen ? "bad" : open?.length ? "warn" : undefined}
        detail={
          open?.length
            ? some(open.map(({ agent }) => plain(agent)))
            : breakers && `${counted(breakers.length, "breaker")}, all closed`
        }
      />
      <Tile
        {...{ name: "Questions waiting", figure: questions && countText(questions.length), to: "/inbox" }}
        detail={
          next === undefined ? (
            questions && "for people"
          ) : (
            <>
              the next ends <Time at={next} ago />
            </>
          )
        }
      />
      <Tile
        {...{ name: "Restarts", figure: restarts === undefined ? undefined : countText(restarts) }}
        to="/supervision"
        detail={
          restarted === undefined ? (
            systems && "none so far"
          ) : (
            <>
              last <Time at={restarted} ago />
            </>
          )
        }
      />
      <Tile
        {...{ name: "Systems", figure: systems && countText(systems.length), to: "/supervision" }}
        tone={silent ? "bad" : undefined}
        detail={systems && some(systems.map(({ client, system }) => plain(client ?? system)))}
      />
      <Tile
        {...{ name: "Model calls", figure: asked && countText(asked.calls), to: "/conversations" }}
        detail={
          asked &&
          (asked.calls === 0 ? "none so far" : `${countText(asked.inputTokens + asked.outputTokens)} tokens`)
        }
      />
      <Tile
        {...{ name: "Store", to: "/system" }}
        figure={hub && (hub.store.bytes === undefined ? hub.store.name : sizeText(hub.store.bytes))}
        tone={hub?.store.durable === false ? "warn" : undefined}
        detail={
          hub &&
          (hub.store.durable ? `${hub.store.name}, durable` : `${hub.store.name}: gone when the hub ends`)
        }
      />
    </div>
  );
}
