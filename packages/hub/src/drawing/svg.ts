/** SVG: a conversation as a picture of its sequence: a lane for each agent, an arrow for each message, what went wrong where it went wrong. Pure. */
import { cut } from "./canvas.ts";
import { plain, type Became, type Event, type Sent } from "./events.ts";
import type { Tone } from "./tone.ts";

const ROW = 30;
const HEAD = 44;
const LEFT = 84;
const DISTANCE = 210;

const colours: Readonly<Record<Tone, string>> = {
  good: "#1b7f4b",
  warn: "#9a6a00",
  bad: "#b3261e",
  quiet: "#68707a",
  strong: "#1c2127",
};
const INK = colours.strong;

/** The picture, piece by piece. */
export function* svgOf(events: readonly Event[]): Generator<string> {
  const names = new Set(
    events.flatMap((event) => (event.type === "sent" ? [event.from, event.to] : [event.lane])),
  );
  const lanes = new Map([...names].map((name, at) => [name, LEFT + DISTANCE / 2 + at * DISTANCE]));
  const [width, height] = [LEFT + Math.max(1, names.size) * DISTANCE, HEAD + events.length * ROW + 16];
  yield `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="12">\n<rect width="100%" height="100%" fill="#ffffff"/>\n`;
  for (const [name, x] of lanes) yield lane(name, x, height);
  const start = events[0]?.at ?? 0;
  for (const [row, event] of events.entries()) {
    const y = HEAD + row * ROW;
    yield text(10, y + 19, "start", colours.quiet, `+${event.at - start} ms`);
    yield event.type === "sent" ? arrow(event, y, lanes) : mark(event, y, lanes);
  }
  yield "</svg>\n";
}

function lane(name: string, x: number, height: number): string {
  const head = text(x, 26, "middle", INK, cut(plain(name), 26), 'font-weight="600"');
  return `${head}<path d="M${x} ${HEAD - 8}V${height - 8}" stroke="#c9ced6"/>\n`;
}

function arrow(event: Sent, top: number, lanes: ReadonlyMap<string, number>): string {
  const { operation, isReply, tone, outcome } = event;
  const [from, to] = [lanes.get(event.from) ?? 0, lanes.get(event.to) ?? 0];
  const [y, colour] = [top + 24, tone === "bad" ? colours.bad : INK];
  const isLoop = from === to;
  const way = isLoop ? `M${from} ${y - 8}H${from + 28}V${y}H${from + 6}` : `M${from} ${y}H${to}`;
  const back = isLoop || to < from ? 7 : -7;
  const line = `<path d="${way}" fill="none" stroke="${colour}"${isReply ? ' stroke-dasharray="4 3"' : ""}/>`;
  const tip = `<path d="M${to} ${y}l${back} -4v8z" fill="${colour}"/>`;
  const words = cut(plain(`${operation} ${outcome === "" ? "" : `· ${outcome}`}`.trim()), 34);
  const label = isLoop
    ? text(from + 34, y - 1, "start", colour, words)
    : text((from + to) / 2, y - 5, "middle", colour, words);
  return `${line}${tip}${label}\n`;
}

function mark(
  { lane: name, text: said, tone }: Became,
  top: number,
  lanes: ReadonlyMap<string, number>,
): string {
  const x = lanes.get(name) ?? 0;
  return `<circle cx="${x}" cy="${top + 15}" r="4" fill="${colours[tone]}"/>${text(x + 10, top + 19, "start", colours[tone], cut(plain(said), 60))}\n`;
}

const codes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** On a seam of paper, so that lines do not strike it through. */
function text(x: number, y: number, anchor: string, colour: string, words: string, more = ""): string {
  const safe = words.toWellFormed().replaceAll(/[&<>"]/gu, (letter) => codes[letter] as string);
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="${colour}" stroke="#ffffff" stroke-width="4" paint-order="stroke" ${more}>${safe}</text>`;
}
