/** Wire: a connection that carries text both ways, in order, until it ends. A WebSocket is one; so is a pipe inside a test. */
import type { Frame } from "./protocol.ts";

export interface Wire {
  send(text: string): void;
  /** Carries frames as they are, where both ends are in one process; absent where text is all that goes. */
  readonly hand?: ((frames: readonly Frame[]) => void) | undefined;
  /** Calls `flush` when something goes out that cannot wait, or soon; absent where nothing is saved by that. */
  readonly piggyback?: (flush: () => void) => void;
  /** Ends it; harmless when it has ended. */
  close(): void;
  /** False once nothing more arrives; absent where nobody knows. */
  isOpen?(): boolean;
  /** The address of whoever is at its other end; absent where nobody knows. */
  readonly from?: string;
}

/** What is heard on a wire. */
export interface WireEnds {
  readonly opened: () => void;
  readonly heard: (text: string) => void;
  /** Frames came as they are. */
  readonly handed: (frames: readonly Frame[]) => void;
  /** Once, also where it never opened. */
  readonly closed: (reason: string) => void;
}

/** Opens a wire; nothing is heard before it returns. */
export type Dial = (ends: WireEnds) => Wire;
