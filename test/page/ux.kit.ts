/**
 * UX: every interaction that the page is to offer, screen by screen, as the design lists them. Each is done by an act without a mouse, unless
 * it is a pointer's own; or it is proved by another test of this folder, or says what is missing.
 */

/** A test of another file that proves a line: its file, without ".test.ts", and how its name begins. */
export type Elsewhere = readonly [file: string, begins: string];

/** Undefined for what an act does; where it is proved else; or what is missing. */
export type Ledger = Readonly<Record<string, Readonly<Record<string, Elsewhere | string | undefined>>>>;

const tried = undefined;

const filters: Elsewhere = ["telling", "a filter underlines what is wrong"];
const large: Elsewhere = ["telling", "a large payload comes cut"];
const notes: Elsewhere = ["telling", "a message shows what its handler logged"];
const views: Elsewhere = ["keeping", "a view that is saved in one browser"];
const exported: Elsewhere = ["keeping", "20,000 messages are exported"];
const upkeep: Elsewhere = ["keeping", "a store is copied and compacted"];
const token: Elsewhere = ["keeping", "a token is made, rotated and ended"];
const crash: Elsewhere = ["control", "a crash is seen within a second"];
const drawn: Elsewhere = ["topology", "the traffic is drawn"];
const moved: Elsewhere = ["topology", "what is moved stays where it was put"];
const trace: Elsewhere = ["topology", "a trace is found by how long it took"];
const back: Elsewhere = ["reconnect", "the hub is killed and comes back under every screen"];

export const ledger: Ledger = {
  All: {
    "palette: screen, agent, id, action": tried,
    "letters lead to screens": tried,
    "sheet of keys, and letters turned off": tried,
    "filter by /, with a hint where it is wrong": tried,
    "autocomplete in the filter": filters,
    "chips under the filter": filters,
    "theme by keys": tried,
    "UTC switch": tried,
    "an address is the state, and back leads back": ["screens", "an address restores what it says"],
    "reconnect, and gaps as rows": back,
    "told now and then to who does not see": ["live", "what comes while nobody scrolls is told"],
    "cut payloads, loaded when asked for": large,
    "base64 and pictures as chips": large,
    "hidden parts of payloads": notes,
    "permissions, read-only": ["rights", "who may only read sees every screen"],
    "accessible in both themes": ["screens", "an address restores what it says"],
  },
  Overview: {
    "range picker": tried,
    "tile leads to its screen": tried,
    "brush a chart to filter Messages": tried,
    "calls and tokens of language models": notes,
  },
  Live: {
    filter: tried,
    "saved views": tried,
    "pause and follow": tried,
    "scrolling up pauses": tried,
    "pin row": tried,
    "colour by conversation": tried,
    "hide system traffic": tried,
    "walk rows and open": tried,
  },
  Messages: {
    "walk rows and open": tried,
    "jump to a time": tried,
    "jump to an id": tried,
    "columns on and off": tried,
    "saved views": tried,
    "saved views are the hub's, and exportable": views,
    facets: tried,
    "range picker": tried,
    export: tried,
    "export with how far it is, and stopped": exported,
    "bulk by filter": tried,
  },
  Message: {
    "copy as CLI, cURL, TypeScript": tried,
    "edit and resend": tried,
    redrive: tried,
    "previous and next in conversation": tried,
    "open conversation": tried,
    "open trace": trace,
    "lines that were logged, and calls of language models": notes,
    "compare attempts": tried,
  },
  Conversations: {
    "walk rows and open": tried,
    "saved views": tried,
    "four views": tried,
    zoom: tried,
    "collapse agent groups": tried,
    "hide replies": tried,
    "focus one agent": tried,
    "step with [ ]": tried,
    "replay scrubber": tried,
    "live follow": tried,
    "compare two": tried,
    export: tried,
    "cut payloads are exported whole": ["telling", "a conversation with large payloads comes cut"],
  },
  Agents: {
    sort: tried,
    "narrow and group": tried,
    "pause, resume": tried,
    drain: tried,
    restart: tried,
    "open and send a test message": tried,
  },
  Agent: {
    "form from the schema to call": tried,
    "form to cast": tried,
    "a form that is wrong says where": tried,
    "as JSON": tried,
    "peek takes nothing": tried,
    "state and config when asked for": ["control", "the state of an agent and how it was set up"],
  },
  Topology: {
    "search node": tried,
    "look at a node": tried,
    "table alternative, which leads to Live": tried,
    "click a line for Live": drawn,
    "drag, and it stays": moved,
    "drawn together by group": moved,
  },
  "Dead letters": {
    "walk causes and letters": tried,
    "saved views": tried,
    "redrive one, with a dry run, and jump to the result": tried,
    "redrive a selection": tried,
    "redrive a group with rate and cap": tried,
    "redrive by filter": tried,
    "edit payload": tried,
    drop: tried,
    export: tried,
    "redriven badge": tried,
  },
  Breakers: {
    "force open, close, reset, with a reason": tried,
    "run a delayed message now": tried,
    "cancel a delayed message, after a second word": tried,
    "a reason outlasts the page": ["control", "a breaker is forced with a reason"],
  },
  Supervision: {
    expand: tried,
    "filter unhealthy": tried,
    "restart a child, with who is affected": tried,
    "a crash is seen, and a subtree restarted": crash,
    "5,000 places": ["control", "5,000 places are a tree"],
  },
  Traces: {
    "walk rows and open": tried,
    "saved views": tried,
    "fold all, and unfold": tried,
    "search by duration and filter": trace,
    "walk, fold, and open the message": trace,
    "copy OTLP JSON": trace,
    "in flight, so far": trace,
  },
  Inbox: { "answer by form": tried, "take back": tried, decline: tried, assign: tried },
  System: {
    settings: tried,
    "compact, backup": ["operator", "a store is copied and compacted"],
    "where each value of the config is from": upkeep,
    "make, rotate and end a token": ["operator", "a token is made, copied, rotated and ended"],
    audit: token,
  },
};
