/** Took box: how long the traces that are looked for took, at least and at most. */
import { useEffect, useState } from "react";
import { isDuration, tookText, type Took } from "./asked.ts";

export function TookBox({
  took,
  onTook,
}: {
  readonly took: Took;
  readonly onTook: (text: string | undefined) => void;
}) {
  return (
    <span className="flex items-center gap-1.5 text-small text-soft">
      took
      <Bound label="At least" text={took.longer} onText={(longer) => onTook(tookText({ ...took, longer }))} />
      to
      <Bound
        label="At most"
        text={took.shorter}
        onText={(shorter) => onTook(tookText({ ...took, shorter }))}
      />
    </span>
  );
}

function Bound({
  label,
  text,
  onText,
}: {
  readonly label: string;
  readonly text: string;
  readonly onText: (text: string) => void;
}) {
  const [typed, setTyped] = useState(text);
  useEffect(() => setTyped(text), [text]);
  const isWrong = typed !== "" && !isDuration(typed);
  const count = (): void => {
    if (!isWrong && typed !== text) onText(typed);
  };
  return (
    <input
      type="text"
      aria-label={label}
      aria-invalid={isWrong}
      title={isWrong ? "A duration: 250ms, 5s, 10m, 2h" : undefined}
      placeholder={label === "At least" ? "0" : "any"}
      spellCheck={false}
      autoComplete="off"
      className="w-16 rounded-chip border border-strong bg-panel px-2 py-1 font-mono text-small text-ink placeholder:text-soft aria-invalid:border-bad"
      value={typed}
      onChange={({ target }) => setTyped(target.value.trim())}
      onBlur={count}
      onKeyDown={({ key }) => key === "Enter" && count()}
    />
  );
}
