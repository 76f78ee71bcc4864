/** Scene: what the four views of a conversation show, and what is chosen in it. */
import type { Event } from "@hermod/hub/drawing";
import type { MessageRecord } from "../../api/types.ts";
import type { Choice } from "./lanes.ts";

export interface Scene {
  readonly id: string;
  /** All that is known of it, in order. */
  readonly records: readonly MessageRecord[];
  readonly events: readonly Event[];
  /** When it began, in milliseconds since 1970. */
  readonly start: number;
  readonly choice: Choice;
  readonly zoom: number;
  /** The message that is looked at. */
  readonly chosen: string | undefined;
  /** Only what was up to then, while it is replayed. */
  readonly until: number | undefined;
  /** Whether something of it still waits or runs. */
  readonly isOpen: boolean;
  /** Whether it is followed at first; undefined until that is known. */
  readonly begins: boolean | undefined;
  readonly choose: (id: string | undefined) => void;
  readonly focus: (agent: string | undefined) => void;
  readonly fold: (group: string) => void;
}
