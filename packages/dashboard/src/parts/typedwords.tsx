/** Typed words: what concerns many is done only once its words and its count were typed. */
export interface TypedWordsProps {
  readonly words: string;
  readonly typed: string;
  readonly onTyped: (typed: string) => void;
  /** Enter is pressed; without it, that is the form's. */
  readonly onEnter?: () => void;
}

export function TypedWords({ words, typed, onTyped, onEnter }: TypedWordsProps) {
  return (
    <label className="grid gap-1">
      <span>
        To go on, type <code className="font-mono select-all">{words}</code>
      </span>
      <input
        type="text"
        autoFocus
        autoComplete="off"
        spellCheck={false}
        className="rounded-chip border border-strong bg-panel px-2 py-1 font-mono"
        value={typed}
        onChange={({ target }) => onTyped(target.value)}
        onKeyDown={({ key }) => key === "Enter" && onEnter?.()}
      />
    </label>
  );
}
