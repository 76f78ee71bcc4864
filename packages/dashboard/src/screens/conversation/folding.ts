/** Folding: a line of time on which nothing-happens is short; the command line draws with the same. */
export { foldGaps, joined, type Folding, type Piece, type Stretch as Span } from "@hermod/hub/drawing";
