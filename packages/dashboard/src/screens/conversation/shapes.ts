/** Shapes: where each line of a sequence diagram stands, and what is written on it; drawn by the page, and written out for export. Pure. */
import { columnsOf, cut, type Tone } from "@hermod/hub/drawing";
import { plain } from "../../parts/text.ts";
import type { ArrowRow, MarkRow, Row } from "./lanes.ts";

/** How large things are, in pixels. */
export interface Sizes {
  readonly zoom: number;
  /** Height of a row. */
  readonly row: number;
  readonly font: number;
  /** Width of the times. */
  readonly gutter: number;
  /** Between two lanes. */
  readonly distance: number;
  /** Of the first lane. */
  readonly first: number;
  readonly width: number;
}

const ROW = 30;
const FONT = 12;
const GUTTER = 86;
const DISTANCE = { least: 120, most: 300 };
/** From the times to the first lane, where there is room and where there is little. */
const FIRST = { wide: 70, narrow: 36 };
const NARROW = 720;
/** Room right of the last lane, for what became of a message there. */
const TAIL = 220;
/** Of a letter, as a part of its height: few are wider on average. */
const LETTER = 0.55;
/** Hardly any text is wider. */
const WIDE = 0.7;

/** The sizes for so many lanes in a room so wide; narrower than legible they never get, then it scrolls. */
export function sizesFor(lanes: number, room: number, zoom: number): Sizes {
  const gaps = Math.max(0, lanes - 1);
  const lead = room / zoom < NARROW ? FIRST.narrow : FIRST.wide;
  const free = (room / zoom - GUTTER - lead - TAIL) / Math.max(1, gaps);
  const distance = Math.round(Math.max(DISTANCE.least, Math.min(DISTANCE.most, free)) * zoom);
  const first = Math.round((GUTTER + lead) * zoom);
  return {
    ...{ zoom, row: Math.round(ROW * zoom), font: FONT * zoom, gutter: Math.round(GUTTER * zoom) },
    ...{ distance, first, width: Math.max(room, first + gaps * distance + Math.round(TAIL * zoom)) },
  };
}

export const laneAt = ({ first, distance }: Sizes, lane: number): number => first + lane * distance;

/** Text in a line: its beginning or end stands at x. */
export interface Label {
  readonly x: number;
  readonly isLeft: boolean;
  readonly text: string;
  /** How it went, behind the text. */
  readonly outcome: string;
  /** Whether a lane runs through it, which must not show. */
  readonly isCrossed: boolean;
}

export interface Shape {
  readonly x1: number;
  readonly x2: number;
  readonly form: "arrow" | "loop" | "mark";
  readonly isDashed: boolean;
  readonly tone: Tone;
  /** What shows how it went besides the colour: a cross, or an open ring. */
  readonly icon: "cross" | "ring" | undefined;
  readonly label: Label;
}

export function shapeOf(row: Row, sizes: Sizes): Shape {
  return row.kind === "arrow" ? arrowShape(row, sizes) : markShape(row, sizes);
}

function arrowShape({ event, from, to }: ArrowRow, sizes: Sizes): Shape {
  const [x1, x2] = [laneAt(sizes, from), laneAt(sizes, to)];
  const isLoop = from === to;
  const room = isLoop ? sizes.width - x1 - 40 : Math.abs(x2 - x1) - 24;
  const isLeft = isLoop || x1 < x2;
  const x = isLoop ? x1 + 34 * sizes.zoom : x1 + (isLeft ? 10 : -10);
  const isBad = event.tone === "bad";
  return {
    ...{ x1, x2, form: isLoop ? "loop" : "arrow", isDashed: event.isReply, tone: event.tone },
    icon: isBad ? "cross" : event.tone === "warn" ? "ring" : undefined,
    label: toLabel(
      x,
      isLeft,
      fitted(plain(event.operation), outcomeText(event), columnsIn(room, sizes)),
      sizes,
    ),
  };
}

function outcomeText({ kind, outcome }: ArrowRow["event"]): string {
  if (kind === "error") return "error";
  // That a reply arrived goes without saying.
  return kind === "reply" && outcome === "ok" ? "" : outcome;
}

function markShape({ event, lane }: MarkRow, sizes: Sizes): Shape {
  const x = laneAt(sizes, lane);
  const text = cut(plain(event.text), columnsIn(sizes.width - x - 8, sizes));
  const label = { x: x - 5 * sizes.zoom, isLeft: true, text, outcome: "", isCrossed: true };
  return { ...{ x1: x, x2: x, form: "mark", isDashed: false, tone: event.tone, icon: undefined }, label };
}

function toLabel(x: number, isLeft: boolean, words: Words, { font, distance }: Sizes): Label {
  const width = (columnsOf(words.text) + columnsOf(words.outcome) + 3) * font * WIDE;
  return { x, isLeft, ...words, isCrossed: width > distance - 14 };
}

type Words = Pick<Label, "text" | "outcome">;

const columnsIn = (room: number, { font }: Sizes): number => Math.max(4, Math.floor(room / (font * LETTER)));

/** The name is cut before the outcome is. */
function fitted(name: string, outcome: string, room: number): Words {
  const rest = outcome === "" ? room : room - columnsOf(outcome) - 3;
  if (rest >= 4) return { text: cut(name, rest), outcome };
  return { text: cut(name, room), outcome: "" };
}

/** Since the beginning: "12 ms", "1.234 s", "3:20.100", "1:03:20". */
export function sinceText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const s = ms / 1000;
  if (s < 60) return `${s.toFixed(3)} s`;
  const [hours, minutes] = [Math.floor(s / 3600), Math.floor(s / 60) % 60];
  const seconds = (s % 60).toFixed(hours > 0 ? 0 : 3).padStart(hours > 0 ? 2 : 6, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${seconds}` : `${minutes}:${seconds}`;
}
