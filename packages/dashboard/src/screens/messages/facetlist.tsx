/** Facet list: the values that are there, with how many rows have each; pressing one adds it to the filter. */
import { Check, Minus } from "lucide-react";
import { memo, useState } from "react";
import { countText, plain } from "../../parts/text.ts";
import { facets, type Facet, type FacetValue } from "./counts.ts";
import { hasTerm, term, toggled } from "./terms.ts";

const FEW = 7;

export const FacetList = memo(function FacetList({
  counts,
  where,
  onWhere,
  isNarrow,
}: {
  readonly counts: Readonly<Record<Facet, readonly FacetValue[]>>;
  readonly where: string;
  readonly onWhere: (where: string) => void;
  /** Something else wants the room beside the rows. */
  readonly isNarrow: boolean;
}) {
  return (
    <aside
      aria-label="Facets"
      className={`w-48 shrink-0 overflow-auto border-r border-line bg-panel p-2 text-small ${isNarrow ? "max-[1600px]:hidden" : "max-[1100px]:hidden"}`}
    >
      {facets.map((facet) => (
        <FacetBox key={facet} facet={facet} values={counts[facet]} where={where} onWhere={onWhere} />
      ))}
      <p className="px-1 pt-2 text-tiny text-soft">Counts are of the rows that are loaded.</p>
    </aside>
  );
});

interface FacetProps {
  readonly facet: Facet;
  readonly values: readonly FacetValue[];
  readonly where: string;
  readonly onWhere: (where: string) => void;
}

function FacetBox({ facet, values, where, onWhere }: FacetProps) {
  const [isWhole, setWhole] = useState(false);
  if (values.length === 0) return null;
  return (
    <section className="pb-2">
      <h2 className="px-1 pb-0.5 text-tiny font-semibold text-soft">{facet}</h2>
      <ul>
        {(isWhole ? values.slice(0, 200) : values.slice(0, FEW)).map((value) => (
          <FacetRow key={value.value} {...{ facet, where, onWhere, ...value }} />
        ))}
      </ul>
      {values.length > FEW && (
        <button
          type="button"
          className="px-1 text-tiny text-soft hover:text-ink"
          onClick={() => setWhole(!isWhole)}
        >
          {isWhole ? "fewer" : `${countText(values.length - FEW)} more`}
        </button>
      )}
    </section>
  );
}

function FacetRow({ facet, value, count, where, onWhere }: Omit<FacetProps, "values"> & FacetValue) {
  const [isWanted, isUnwanted] = [
    hasTerm(where, term(facet, value)),
    hasTerm(where, term(facet, value, true)),
  ];
  return (
    <li className="group flex items-center">
      <button
        type="button"
        aria-pressed={isWanted}
        title={`${isWanted ? "Take out" : "Only"} ${term(facet, plain(value))}`}
        className="flex min-w-0 grow items-center gap-1 rounded-chip px-1 py-px text-left hover:bg-hover aria-pressed:bg-chosen"
        onClick={() => onWhere(toggled(where, facet, value))}
      >
        {isWanted && <Check size={12} aria-hidden className="shrink-0 text-accent" />}
        <span className="truncate">{plain(value)}</span>
        <span className="ml-auto text-tiny text-soft">{countText(count)}</span>
      </button>
      <button
        type="button"
        aria-pressed={isUnwanted}
        aria-label={`Without ${facet} ${plain(value)}`}
        title={`Without ${facet} ${plain(value)}`}
        className="ml-0.5 rounded-chip p-0.5 text-soft opacity-0 group-hover:opacity-100 hover:text-ink focus-visible:opacity-100"
        onClick={() => onWhere(toggled(where, facet, value, true))}
      >
        <Minus size={12} aria-hidden />
      </button>
    </li>
  );
}
