/** Picture: the diagram of a conversation, as it is shown, as SVG to take away. Pure. */
import { cut } from "@hermod/hub/drawing";
import { plain } from "../../parts/text.ts";
import type { Diagram } from "./lanes.ts";
import { laneAt, shapeOf, sinceText, sizesFor, type Shape, type Sizes } from "./shapes.ts";

/** Colours of the picture, as the page has them now. */
export interface Palette {
  readonly paper: string;
  readonly ink: string;
  readonly soft: string;
  readonly line: string;
  readonly warn: string;
  readonly bad: string;
}

const WIDTH = 1100;
const HEAD = 40;

/** The whole diagram as a picture of its own. */
export function asSvg({ lanes, rows }: Diagram, start: number, palette: Palette): string {
  const sizes = sizesFor(lanes.length, WIDTH, 1);
  const height = HEAD + rows.length * sizes.row + 12;
  const heads = lanes.map(({ key, group, isFolded }, at) => {
    const x = laneAt(sizes, at);
    const name = `<text x="${x}" y="24" text-anchor="middle" font-weight="600" fill="${palette.ink}">${xml(cut(isFolded ? `${group} …` : key, Math.floor(sizes.distance / 8)))}</text>`;
    return `${name}<path d="M${x} ${HEAD}V${height - 8}" stroke="${palette.line}"/>`;
  });
  const lines = rows.map((row, at) => {
    const y = HEAD + at * sizes.row;
    const time = `<text x="10" y="${y + 18}" font-size="10.5" fill="${palette.soft}">${xml(sinceText(row.event.at - start))}</text>`;
    return time + shapeText(shapeOf(row, sizes), y, sizes, palette);
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${sizes.width}" height="${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="${palette.paper}"/>`,
    ...[...heads, ...lines, "</svg>\n"],
  ].join("\n");
}

function shapeText(
  { x1, x2, form, isDashed, tone, icon, label }: Shape,
  top: number,
  { row }: Sizes,
  palette: Palette,
): string {
  const colour = tone === "bad" ? palette.bad : tone === "warn" ? palette.warn : palette.soft;
  const y = top + row * (form === "mark" ? 0.64 : 0.5);
  const outcome = label.outcome === "" ? "" : `<tspan fill="${colour}"> · ${xml(label.outcome)}</tspan>`;
  const words = `<text x="${label.x}" y="${y}" text-anchor="${label.isLeft ? "start" : "end"}" fill="${form === "mark" ? colour : palette.ink}" stroke="${palette.paper}" stroke-width="4" paint-order="stroke">${xml(label.text)}${outcome}</text>`;
  if (form === "mark") return words;
  const base = top + row * 0.76;
  const back = form === "loop" || x2 < x1 ? 7 : -7;
  const path =
    form === "loop" ? `M${x1} ${base - 8}H${x1 + 26}V${base + 2}H${x1 + 5}` : `M${x1} ${base}H${x2}`;
  const dashes = isDashed ? ' stroke-dasharray="4 3"' : "";
  const head =
    icon === "cross"
      ? `<circle cx="${x2}" cy="${base}" r="6" fill="${palette.bad}"/><path d="M${x2 - 2.5} ${base - 2.5}l5 5m0-5l-5 5" stroke="${palette.paper}"/>`
      : `<path d="M${x2} ${base}l${back} -4v8z" fill="${colour}"/>`;
  return `<path d="${path}" fill="none" stroke="${colour}"${dashes}/>${head}${words}`;
}

const codes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

const xml = (text: string): string => plain(text).replaceAll(/[&<>"]/gu, (letter) => codes[letter] as string);
