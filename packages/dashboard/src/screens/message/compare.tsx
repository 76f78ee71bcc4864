/** Compare: two attempts at one message beside one another, and the lines of their errors with what came and went. */
import { useMemo, useState } from "react";
import type { Attempt } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { clockText, plain } from "../../parts/text.ts";
import { linesOf, toldOf, type ErrorLine } from "./difference.ts";

/** Offers to compare, where there are two to be compared: the newest two at first. */
export function Compare({ attempts }: { readonly attempts: readonly Attempt[] }) {
  const [isOpen, open] = useState(false);
  const [[left, right], choose] = useState<readonly [number, number]>([-2, -1]);
  const [before, after] = [attempts.at(left), attempts.at(right)];
  if (attempts.length < 2 || before === undefined || after === undefined) return null;
  return (
    <section aria-label="Two attempts compared" className="grid gap-2">
      <p className="flex flex-wrap items-center gap-2">
        <Button aria-expanded={isOpen} onClick={() => open(!isOpen)}>
          Compare attempts
        </Button>
        {isOpen && (
          <>
            <Which
              label="Earlier attempt"
              {...{ attempts }}
              chosen={before}
              onChoose={(at) => choose([at, right])}
            />
            with
            <Which
              label="Later attempt"
              {...{ attempts }}
              chosen={after}
              onChoose={(at) => choose([left, at])}
            />
          </>
        )}
      </p>
      {isOpen && <Difference before={before} after={after} />}
    </section>
  );
}

interface WhichProps {
  readonly label: string;
  readonly attempts: readonly Attempt[];
  readonly chosen: Attempt;
  readonly onChoose: (at: number) => void;
}

function Which({ label, attempts, chosen, onChoose }: WhichProps) {
  return (
    <select
      aria-label={label}
      className="rounded-chip border border-strong bg-panel px-1 py-1"
      value={attempts.indexOf(chosen)}
      onChange={({ target }) => onChoose(Number(target.value))}
    >
      {attempts.map((attempt, at) => (
        <option key={at} value={at}>
          {nameFor(attempt)}
        </option>
      ))}
    </select>
  );
}

/** Whoever is given back is counted from one again: the time tells two of the same number apart. */
const nameFor = ({ number, startedAt }: Attempt): string =>
  `attempt ${number}, ${clockText(Date.parse(startedAt))}`;

function Difference({ before, after }: { readonly before: Attempt; readonly after: Attempt }) {
  const lines = useMemo(() => linesOf(before, after), [before, after]);
  return (
    <>
      <table aria-label="Two attempts" className="w-full text-left">
        <thead className="text-tiny text-soft">
          <tr>
            <td />
            <th scope="col" className="py-1 pr-3 font-normal">
              {nameFor(before)}
            </th>
            <th scope="col" className="py-1 pr-3 font-normal">
              {nameFor(after)}
            </th>
            <td />
          </tr>
        </thead>
        <tbody>
          {toldOf(before, after).map(({ name, ...told }) => {
            const isSame = told.before === told.after;
            return (
              <tr key={name} className={`border-t border-line/60 align-top ${isSame ? "text-soft" : ""}`}>
                <th scope="row" className="py-1 pr-3 font-normal text-soft">
                  {name}
                </th>
                <td className="py-1 pr-3 wrap-anywhere">{plain(told.before)}</td>
                <td className="py-1 pr-3 wrap-anywhere">{plain(told.after)}</td>
                <td className="py-1 text-right whitespace-nowrap">{isSame ? "the same" : "≠ differs"}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {lines.length > 0 && <Lines lines={lines} />}
    </>
  );
}

const signs: Readonly<Record<ErrorLine["sign"], string>> = { same: "  ", gone: "- ", new: "+ " };
const tones: Readonly<Record<ErrorLine["sign"], string>> = {
  same: "text-soft",
  gone: "text-bad",
  new: "text-good",
};

function Lines({ lines }: { readonly lines: readonly ErrorLine[] }) {
  return (
    <pre
      tabIndex={0}
      aria-label="Lines of both errors"
      className="max-h-80 overflow-auto rounded-chip border border-line bg-paper p-2 font-mono text-tiny wrap-anywhere whitespace-pre-wrap"
    >
      {lines.map(({ sign, text }, at) => (
        <span key={at} className={`block ${tones[sign]}`}>
          {signs[sign]}
          {plain(text)}
        </span>
      ))}
    </pre>
  );
}
