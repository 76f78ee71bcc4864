/** Wire: a connection that carries text both ways, in order, until it ends. A WebSocket is one; so is a pipe inside a test. */

export interface Wire {
  send(text: string): void;
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
  /** Once, also where it never opened. */
  readonly closed: (reason: string) => void;
}

/** Opens a wire; nothing is heard before it returns. */
export type Dial = (ends: WireEnds) => Wire;
