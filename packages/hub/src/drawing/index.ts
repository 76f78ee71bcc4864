/** Drawing: a conversation as text for a terminal, from the records of its history. What the command line shows, for programs of one's own. */
export { columnsOf, cut, unpainted, wrap, type Paint } from "./canvas.ts";
export { criticalPath, type CriticalPath } from "./criticalpath.ts";
export { eventsOf, nameOf, receiverOf, type Became, type Event, type Sent } from "./events.ts";
export { foldGaps, joined, type Folding, type Piece, type Stretch } from "./folding.ts";
export { Handlings, type Aftermath, type Handling } from "./handlings.ts";
export { toMermaid } from "./mermaid.ts";
export { drawSequence } from "./sequence.ts";
export { toOtlp, traceIdOf } from "./otlp.ts";
export {
  busyIn,
  endOf,
  extentOf,
  isInFlight,
  lineOf,
  spansOf,
  unfolded,
  type SpanAttempt,
  type SpanLine,
  type Spans,
} from "./spans.ts";
export type { Tone } from "./tone.ts";
export { drawWaterfall } from "./waterfall.ts";
