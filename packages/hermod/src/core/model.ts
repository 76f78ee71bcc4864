/** The model behind an agent, as small as an agent needs it; adapters and simulations implement it. */

/** Bounds on one model call. */
export interface ModelOptions {
  /** Ends the call: its promise is rejected. */
  readonly signal?: AbortSignal;
}

/** A language model: text in, text out. */
export interface Model {
  /** A short name for logs and the page. */
  readonly name: string;
  /** The model's answer to a prompt. */
  text(prompt: string, options?: ModelOptions): Promise<string>;
}
