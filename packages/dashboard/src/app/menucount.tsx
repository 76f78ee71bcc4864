/** Menu count: how many wait behind an item of the menu; nothing where none does, or where one may not know. */
import { useQuery } from "@tanstack/react-query";
import { queries } from "../api/queries.ts";
import { useMay } from "./me.ts";
import { counted } from "../parts/text.ts";

const LOOK = "ml-auto rounded-chip px-1.5 text-tiny font-medium";

export function MenuCount({ path }: { readonly path: string }) {
  if (path === "/inbox") return <Waiting />;
  return path === "/dead-letters" ? <Dead /> : null;
}

function Waiting() {
  const { data } = useQuery(queries.questions);
  return data && data.length > 0 ? (
    <Count count={data.length} noun="question" look="bg-infowash text-info" />
  ) : null;
}

function Dead() {
  const may = useMay();
  const { data: count = 0 } = useQuery({ ...queries.deadLetterCount, enabled: may("read") });
  return count > 0 ? <Count count={count} noun="letter" look="bg-warnwash text-warn" /> : null;
}

function Count({
  count,
  noun,
  look,
}: {
  readonly count: number;
  readonly noun: string;
  readonly look: string;
}) {
  return (
    <span className={`${LOOK} ${look}`} title={counted(count, noun)}>
      {count < 1000 ? count : `${Math.floor(count / 1000)}k`}
      <span className="sr-only"> {noun}s</span>
    </span>
  );
}
