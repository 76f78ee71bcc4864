/** Layout: where things stand: what has traffic in ranks from left to right, what has none in rows below. Pure, and done in a worker: it takes its time. */
import { Graph, layout } from "@dagrejs/dagre";

export interface Place {
  readonly x: number;
  readonly y: number;
}
export type Places = Readonly<Record<string, Place>>;

/** What is to be laid out: names, and which are joined. */
export interface Sketch {
  readonly dots: readonly string[];
  readonly lines: readonly (readonly [from: string, to: string, weight: number])[];
}

export const SIZE = { width: 172, height: 46 };
const GAP = { x: 28, y: 22 };
/** Between two ranks, and between two of a rank that stand below one another: the figures of the lines stand there. */
const RANK = 96;
const LOOSE = 60;
/** Of more they stand closer. */
const MANY = 60;

/** The places of all that is joined to something; of the upper left corners. */
export function ranked({ dots, lines }: Sketch): Places {
  const joined = new Set(lines.flatMap(([from, to]) => [from, to]));
  const own = dots.filter((id) => joined.has(id)).toSorted(compare);
  if (own.length === 0) return {};
  const graph = new Graph();
  graph.setGraph({ rankdir: "LR", nodesep: GAP.y, ranksep: RANK, edgesep: 8 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const id of own) graph.setNode(id, { ...SIZE });
  for (const [from, to, weight] of heaviest(lines)) graph.setEdge(from, to, { weight });
  layout(graph);
  return inColumns(own.map((id) => ({ id, x: 0, y: 0, ...(graph.node(id) as Partial<Place>) })));
}

/** Where all speak with all there is no first and last: so each stands behind the one it gets the most from. */
function heaviest(lines: Sketch["lines"]): Sketch["lines"] {
  const into = new Map<string, Sketch["lines"][number]>();
  const sorted = lines.toSorted((a, b) => b[2] - a[2] || compare(b[0], a[0]) || compare(a[1], b[1]));
  for (const line of sorted) if (!into.has(line[1]) && line[0] !== line[1]) into.set(line[1], line);
  return [...into.values()].toSorted((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]));
}

/** The ranks of a drawing, left to right; a rank of many stands in several columns, so that all of it is about as high as wide. */
function inColumns(laid: readonly (Place & { readonly id: string })[]): Places {
  const isLoose = laid.length <= MANY;
  const step = { x: SIZE.width + (isLoose ? RANK : GAP.x), y: SIZE.height + (isLoose ? LOOSE : GAP.y) };
  const high = Math.max(5, Math.ceil(Math.sqrt(laid.length * (isLoose ? 1.6 : 4))));
  const ranks = [...Map.groupBy(laid, ({ x }) => Math.round(x))].toSorted(([a], [b]) => a - b);
  const places: Record<string, Place> = {};
  let [left, before] = [0, 0];
  for (const [, rank] of ranks) {
    const inOrder = rank.toSorted((a, b) => a.y - b.y || compare(a.id, b.id));
    const columns = Math.ceil(inOrder.length / high);
    const rows = Math.ceil(inOrder.length / columns);
    for (const [at, { id }] of inOrder.entries()) {
      const [column, row] = [Math.floor(at / rows), at % rows];
      const own = Math.min(rows, inOrder.length - column * rows);
      // Every other column stands half a row lower: so lines between the others can be seen.
      const y = (row - (own - 1) / 2 + ((before + column) % 2) / 2) * step.y;
      places[id] = { x: left + column * step.x, y: Math.round(y) };
    }
    before += columns;
    left += (columns - 1) * step.x + SIZE.width + RANK;
  }
  return places;
}

/**
 * Where all stand now. Whoever has a place keeps it; who comes anew stands where the layout has it, seen from those that have one, or as near as there is
 * room; who has to do with nobody stands in rows below, by name.
 */
export function settled(dots: readonly string[], laid: Places, kept: Places): Places {
  const places: Record<string, Place> = {};
  for (const id of dots) if (kept[id]) places[id] = kept[id];
  const shift = shiftOf(laid, places);
  const taken = new Taken(Object.values(places));
  for (const id of dots) {
    const place = laid[id];
    if (place === undefined || places[id]) continue;
    places[id] = taken.near({ x: place.x + shift.x, y: place.y + shift.y });
  }
  const rest = dots.filter((id) => places[id] === undefined).toSorted(compare);
  return { ...places, ...inRows(rest, Object.values(places)) };
}

/** How far those that kept their place stand from where the layout has them, in the middle. */
function shiftOf(laid: Places, places: Places): Place {
  const own = Object.entries(places).flatMap(([id, { x, y }]) => {
    const place = laid[id];
    return place === undefined ? [] : [{ x: x - place.x, y: y - place.y }];
  });
  if (own.length === 0) return { x: 0, y: 0 };
  const middle = (values: readonly number[]): number =>
    values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  return { x: middle(own.map(({ x }) => x)), y: middle(own.map(({ y }) => y)) };
}

/** The places that are taken, by squares in which nobody stands with more than a few others. */
class Taken {
  readonly #squares = new Map<string, Place[]>();

  constructor(places: readonly Place[]) {
    for (const place of places) this.#take(place);
  }

  /** The place itself, or the next free one below it. */
  near({ x, y }: Place): Place {
    let place = { x, y };
    for (let over = this.#over(place); over; over = this.#over(place))
      place = { x, y: over.y + SIZE.height + GAP.y };
    this.#take(place);
    return place;
  }

  #over({ x, y }: Place): Place | undefined {
    for (const dx of [-1, 0, 1])
      for (const dy of [-1, 0, 1]) {
        const own = this.#squares.get(squareOf(x + dx * SIZE.width, y + dy * SIZE.height));
        const over = own?.find((each) => overlap(each, { x, y }));
        if (over) return over;
      }
    return undefined;
  }

  #take(place: Place): void {
    const square = squareOf(place.x, place.y);
    const own = this.#squares.get(square);
    if (own) own.push(place);
    else this.#squares.set(square, [place]);
  }
}

const squareOf = (x: number, y: number): string =>
  `${Math.floor(x / SIZE.width)} ${Math.floor(y / SIZE.height)}`;

export function overlap(a: Place, b: Place): boolean {
  return Math.abs(a.x - b.x) < SIZE.width && Math.abs(a.y - b.y) < SIZE.height;
}

function inRows(ids: readonly string[], above: readonly Place[]): Places {
  const top = above.reduce((most, { y }) => Math.max(most, y + SIZE.height + 2 * GAP.y), 0);
  const left = above.reduce((least, { x }) => Math.min(least, x), above.length === 0 ? 0 : Infinity);
  const right = above.reduce((most, { x }) => Math.max(most, x + SIZE.width), 0);
  const step = { x: SIZE.width + GAP.x, y: SIZE.height + GAP.y };
  const columns = Math.max(4, Math.ceil(Math.sqrt(ids.length / 2)), Math.floor((right - left) / step.x));
  return Object.fromEntries(
    ids.map((id, at) => [
      id,
      { x: left + (at % columns) * step.x, y: top + Math.floor(at / columns) * step.y },
    ]),
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
