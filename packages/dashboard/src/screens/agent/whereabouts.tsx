/** Whereabouts: where an agent runs, below whom, how it does there, and its breakers. */
import { Link } from "@tanstack/react-router";
import type { AgentDetail, Child, Place } from "../../api/types.ts";
import { Box } from "../../parts/screen.tsx";
import { ConditionWord } from "../../parts/condition.tsx";
import { AgentName } from "../../parts/links.tsx";
import { counted, plain } from "../../parts/text.ts";
import { Time } from "../../parts/time.tsx";
import { useNow } from "../../parts/now.ts";
import { sentenceOf, toneOf } from "../breakers/sentence.ts";
import { childTone, childWord } from "../supervision/places.ts";

export function Whereabouts({ agent: { places = [], breakers = [] } }: { readonly agent: AgentDetail }) {
  const now = useNow(1000);
  return (
    <Box title="Where it runs">
      {places.length === 0 && (
        <p className="text-small text-soft">No system that is connected runs it now.</p>
      )}
      <ul className="grid grid-cols-1 gap-3 text-small">
        {places.map((each) => (
          <li key={each.system} className="grid gap-1">
            <PlaceLine place={each} />
            {breakers
              .filter(({ system }) => system === each.system)
              .map((breaker) => (
                <p key={breaker.agent} className="flex flex-wrap items-baseline gap-x-2">
                  <ConditionWord tone={toneOf(breaker)} word={`breaker ${breaker.state}`} />
                  {breaker.agent !== each.place.name && (
                    <span className="font-mono text-tiny">{plain(breaker.agent)}</span>
                  )}
                  <span className="text-soft">{sentenceOf(breaker, now)}</span>
                </p>
              ))}
          </li>
        ))}
      </ul>
    </Box>
  );
}

function PlaceLine({ place: { system, client, above, place } }: { readonly place: Place }) {
  const { restarts = 0, restartedAt, error, children = [] } = place;
  return (
    <>
      <p className="flex flex-wrap items-baseline gap-x-2">
        <span className="font-medium" title={system}>
          {plain(client ?? system)}
        </span>
        <ConditionWord tone={childTone(place)} word={childWord(place)} />
        <span className="text-soft">
          {place.type}
          {place.type === "pool" && ` of ${counted(children.length, "member")}`}, started again{" "}
          {counted(restarts, "time")}
        </span>
        {restartedAt !== undefined && (
          <span className="text-soft">
            last <Time at={restartedAt} ago />
          </span>
        )}
      </p>
      <p className="text-soft">
        {above.length === 0 ? "directly below the system" : "below "}
        {above.map((name, at) => (
          <span key={name}>
            {at > 0 && " › "}
            <Link
              to="/supervision"
              search={{ where: name }}
              className="underline decoration-line underline-offset-2"
            >
              {plain(name)}
            </Link>
          </span>
        ))}
      </p>
      {error !== undefined && (
        <p className="text-bad">
          {plain(error.message)} <span className="font-mono text-tiny">{error.code}</span>
        </p>
      )}
      {children.length > 0 && <Members members={children} />}
    </>
  );
}

function Members({ members }: { readonly members: readonly Child[] }) {
  return (
    <ul className="flex flex-wrap gap-x-3">
      {members.slice(0, 100).map((member) => (
        <li key={member.name} className="flex items-baseline gap-1">
          <AgentName address={member.name} />
          <ConditionWord tone={childTone(member)} word={childWord(member)} />
        </li>
      ))}
    </ul>
  );
}
