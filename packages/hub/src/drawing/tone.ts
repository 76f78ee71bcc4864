/** Tone: how a thing went. It decides the colour, and is always said in words as well. */
export type Tone = "good" | "bad" | "warn" | "quiet" | "strong";
