/** Scene: what the waterfall of a trace is drawn from. */
import type { CriticalPath, Folding, Spans } from "@hermod/hub/drawing";
import type { Ways } from "./parts.ts";

/** Height of a line, in pixels. */
export const ROW = 26;

/** All that is drawn. */
export interface Scene {
  readonly spans: Spans;
  /** Where what is in flight ends. */
  readonly now: number;
  readonly path: CriticalPath;
  readonly ways: Ways;
  readonly folding: Folding;
  readonly extent: { readonly from: number; readonly to: number };
}
