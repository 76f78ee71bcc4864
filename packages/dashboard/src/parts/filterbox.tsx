/**
 * Filter box: the one filter language, checked as it is typed by the parser that the hub uses; each part that is wrong is underlined, and what is
 * typed may be completed. It counts when it is whole.
 */
import { Search, X } from "lucide-react";
import {
  Fragment,
  useCallback,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type RefObject,
} from "react";
import { flushSync } from "react-dom";
import { useKeys } from "../app/keys.ts";
import { Chips } from "./filter/chips.tsx";
import { useKnown } from "./filter/known.ts";
import { suggested, taken, wrongsIn, type Wrong } from "./filter/terms.ts";
import { plain } from "./text.ts";

/** How long typing may pause before the filter counts, in milliseconds. */
const PAUSE = 300;

export interface FilterBoxProps {
  readonly where: string;
  readonly onWhere: (where: string) => void;
  readonly label?: string;
}

const places = "py-1 pr-7 pl-7 font-mono text-small";

export function FilterBox({ where, onWhere, label = "Filter" }: FilterBoxProps) {
  const [text, setText] = useState(where);
  const [caret, setCaret] = useState(0);
  const [isTyping, setTyping] = useState(false);
  /** The suggestion that Enter takes; none until an arrow was pressed. */
  const [pick, setPick] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const lines = useRef<HTMLDivElement>(null);
  const id = useId();
  const wrongs = useMemo(() => wrongsIn(text), [text]);
  const isWrong = wrongs.length > 0;
  const known = useKnown(isTyping);
  const { span, texts } = useMemo(() => suggested(text, caret, known), [text, caret, known]);
  const isOpen = isTyping && texts.length > 0 && text.slice(0, caret).trim() !== "";
  useKeys(useMemo(() => [{ keys: "/", does: "Filter", run: () => input.current?.focus() }], []));
  const [said, say] = useSaid(where, onWhere);
  // What was said here comes back when more may have been typed.
  useEffect(() => {
    if (said.current !== where) setText((said.current = where));
  }, [where, said]);
  useEffect(() => {
    if (isWrong || text === where) return;
    const timer = setTimeout(() => say(text), PAUSE);
    return () => clearTimeout(timer);
  }, [text, where, isWrong, say]);
  const take = (suggestion: string): void => {
    const next = taken(text, span, suggestion);
    // At once: the next key may come before the next frame, and belongs behind it.
    flushSync(() => {
      setText(next.text);
      setCaret(next.caret);
      setPick(-1);
    });
    input.current?.setSelectionRange(next.caret, next.caret);
  };
  const press = (event: KeyboardEvent): void => {
    const picked = isOpen ? texts[pick] : undefined;
    if (isOpen && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      setPick(
        (pick +
          (event.key === "ArrowDown" ? 1 : texts.length) +
          (pick < 0 && event.key === "ArrowUp" ? 1 : 0)) %
          texts.length,
      );
    } else if (picked !== undefined && (event.key === "Enter" || event.key === "Tab")) {
      event.preventDefault();
      take(picked);
    } else if (event.key === "Enter") {
      setTyping(false);
      if (!isWrong) say(text);
    } else if (event.key === "Escape") {
      if (isOpen) setTyping(false);
      else input.current?.blur();
    }
  };
  const look = (): void => {
    setCaret(input.current?.selectionStart ?? 0);
    lines.current?.scrollTo({ left: input.current?.scrollLeft ?? 0 });
  };
  return (
    <div className="min-w-48 grow">
      <div className="relative">
        <Search size={14} aria-hidden className="absolute top-2 left-2 z-1 text-soft" />
        {isWrong && <Underline text={text} wrongs={wrongs} box={lines} />}
        <input
          ref={input}
          type="text"
          role="combobox"
          spellCheck={false}
          autoComplete="off"
          aria-label={label}
          aria-expanded={isOpen}
          aria-controls={isOpen ? `${id}list` : undefined}
          aria-autocomplete="list"
          aria-activedescendant={isOpen && pick >= 0 ? `${id}${pick}` : undefined}
          aria-invalid={isWrong}
          aria-describedby={isWrong ? `${id}hint` : undefined}
          placeholder='from:writer state:failed age:<5m "free text"'
          className={`w-full rounded-chip border border-strong bg-panel placeholder:text-soft aria-invalid:border-bad ${places}`}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setCaret(event.target.selectionStart ?? event.target.value.length);
            setTyping(true);
            setPick(-1);
          }}
          onSelect={look}
          onScroll={look}
          onBlur={() => setTyping(false)}
          onKeyDown={press}
        />
        {text !== "" && (
          <button
            type="button"
            aria-label="Clear the filter"
            className="absolute top-1.5 right-1.5 rounded-chip p-0.5 text-soft hover:text-ink"
            onClick={() => (setText(""), say(""))}
          >
            <X size={14} aria-hidden />
          </button>
        )}
        {(isWrong || isOpen) && (
          <div className="absolute top-full left-0 z-10 mt-1 grid max-w-full gap-1">
            {isWrong && (
              <div
                id={`${id}hint`}
                className="rounded-chip border border-bad bg-badwash px-2 py-1 text-small"
              >
                {wrongs.map(({ from, why }) => (
                  <p key={from}>{why}</p>
                ))}
              </div>
            )}
            {isOpen && (
              <div
                id={`${id}list`}
                role="listbox"
                aria-label="How it may go on"
                className="w-max max-w-full rounded-chip border border-line bg-raised py-1 font-mono text-small shadow-float"
              >
                {texts.map((each, at) => (
                  <div
                    key={each}
                    id={`${id}${at}`}
                    role="option"
                    aria-selected={at === pick}
                    tabIndex={-1}
                    className={`cursor-pointer truncate px-2 py-0.5 ${at === pick ? "bg-chosen" : "hover:bg-hover"}`}
                    onMouseDown={(event) => (event.preventDefault(), take(each))}
                  >
                    {plain(each)}
                  </div>
                ))}
              </div>
            )}
          </div>
        )}
      </div>
      {!isTyping && !isWrong && <Chips text={text} onText={(next) => (setText(next), say(next))} />}
    </div>
  );
}

/** The last filter that was said here, and how one is said. */
function useSaid(where: string, onWhere: (where: string) => void) {
  const said = useRef(where);
  const say = useCallback((next: string) => onWhere((said.current = next)), [onWhere]);
  return [said, say] as const;
}

/** The same text over the box, of which nothing is seen but the lines below the parts that are wrong. */
function Underline({
  text,
  wrongs,
  box,
}: {
  readonly text: string;
  readonly wrongs: readonly Wrong[];
  readonly box: RefObject<HTMLDivElement | null>;
}) {
  return (
    <div
      ref={box}
      aria-hidden
      className={`pointer-events-none absolute inset-0 overflow-hidden border border-transparent whitespace-pre text-transparent ${places}`}
    >
      {wrongs.map(({ from, to }, at) => (
        <Fragment key={from}>
          {text.slice(wrongs[at - 1]?.to ?? 0, from)}
          <mark className="bg-transparent text-transparent underline decoration-bad decoration-wavy decoration-2 underline-offset-2">
            {text.slice(from, to)}
          </mark>
        </Fragment>
      ))}
    </div>
  );
}
