/** Drawing: a conversation as text for a terminal, from the records of its history. What the command line shows, for programs of one's own. */
export { columnsOf, cut, unpainted, wrap, type Paint } from "./canvas.ts";
export { eventsOf, nameOf, receiverOf, type Became, type Event, type Sent } from "./events.ts";
export { Handlings, type Aftermath, type Handling } from "./handlings.ts";
export { toMermaid } from "./mermaid.ts";
export { drawSequence } from "./sequence.ts";
export type { Tone } from "./tone.ts";
