/** No rows: why there are none, and what would change that. */
import type { ReactNode } from "react";
import type { useView } from "../../app/view.ts";
import { Button } from "../../parts/button.tsx";
import { Command, Empty } from "../../parts/empty.tsx";
import { dateText, plain } from "../../parts/text.ts";
import { termsOf } from "./terms.ts";
import type { Lines } from "./uselines.ts";

export interface NoRowsProps {
  readonly lines: Lines;
  readonly where: string;
  readonly range: string | undefined;
  readonly from: number | undefined;
  readonly change: ReturnType<typeof useView>[1];
}

export function NoRows({ lines: { isWhole, isStopped }, where, range, from, change }: NoRowsProps) {
  if (isStopped) return <Empty title="Nothing was found before the search was stopped" />;
  if (!isWhole)
    return (
      <p role="status" className="p-4 text-soft">
        Asking the hub …
      </p>
    );
  const terms = termsOf(where);
  if (terms.length === 0 && range === undefined && from === undefined)
    return (
      <Empty title="Nothing has been said yet">
        Say something: <Command>{`npx hermod call writer draft '{"topic":"the sea"}'`}</Command>
      </Empty>
    );
  return (
    <Empty title="No message fits all of this">
      <ul className="mt-1 flex flex-wrap justify-center gap-2">
        {terms.map((term) => (
          <Condition
            key={term}
            text={plain(term)}
            drop={() => change({ where: terms.filter((each) => each !== term).join(" ") }, false)}
          />
        ))}
        {range !== undefined && (
          <Condition text={`sent in the last ${range}`} drop={() => change({ range: undefined }, false)} />
        )}
        {from !== undefined && (
          <Condition
            text={`sent before ${dateText(from)}`}
            drop={() => change({ after: undefined }, false)}
          />
        )}
      </ul>
      <p className="mt-3">
        Press one to leave it out. Fields are <Fields />, and text without a field is looked for in payloads
        and errors.
      </p>
    </Empty>
  );
}

function Condition({ text, drop }: { readonly text: string; readonly drop: () => void }): ReactNode {
  return (
    <li>
      <Button className="font-mono" aria-label={`Leave out ${text}`} onClick={drop}>
        {text} ×
      </Button>
    </li>
  );
}

function Fields() {
  return (
    <span className="font-mono text-tiny">
      from: to: verb: type: state: operation: attempts:&gt;1 age:&lt;5m data.path:
    </span>
  );
}
