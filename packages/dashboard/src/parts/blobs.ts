/** Blobs: pictures and bytes inside a payload, as base64: nobody reads them, so they stand as a word, and are told of beside it. */

export interface Blob64 {
  /** Where it stands: "data.picture". */
  readonly path: string;
  /** "image/png", or "bytes" where nobody says. */
  readonly type: string;
  /** Bytes. */
  readonly size: number;
  /** Its address as a picture, where it is one that a browser only draws: never SVG, which could hold more. */
  readonly picture: string | undefined;
}

export interface Apart {
  readonly value: unknown;
  readonly blobs: readonly Blob64[];
}

const ADDRESS = /^data:([\w.+-]+\/[\w.+-]+)?(?:;[\w=.+-]+)*;base64,([A-Za-z0-9+/=_-]*)$/;
const BASE64 = /^[A-Za-z0-9+/_-]{512,}={0,2}$/;
const DRAWN = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);
/** By how the bytes begin. */
const signs = [
  ["iVBORw0KGgo", "image/png"],
  ["/9j/", "image/jpeg"],
  ["R0lGOD", "image/gif"],
  ["UklGR", "image/webp"],
] as const;
/** A payload has no more levels; blobs beyond so many are told as text. */
const MOST = 100;

/** The value with a word in the place of each blob, and the blobs. */
export function apart(value: unknown): Apart {
  const blobs: Blob64[] = [];
  const walk = (each: unknown, path: string): unknown => {
    const blob = blobs.length < MOST ? blobOf(each, path) : undefined;
    if (blob) {
      blobs.push(blob);
      return `⟨${blob.type}, ${blobs.length}⟩`;
    }
    if (typeof each !== "object" || each === null) return each;
    if (Array.isArray(each)) return each.map((item, at) => walk(item, `${path}[${at}]`));
    const entries = Object.entries(each).map(
      ([name, item]) => [name, walk(item, `${path}.${name}`)] as const,
    );
    return Object.fromEntries(entries);
  };
  const shown = walk(value, "data");
  return { value: blobs.length === 0 ? value : shown, blobs };
}

function blobOf(value: unknown, path: string): Blob64 | undefined {
  if (typeof value === "string") return fromText(value, path);
  if (typeof value !== "object" || value === null || Object.keys(value).length !== 1) return undefined;
  const { $bytes } = value as { readonly $bytes?: unknown };
  return typeof $bytes === "string" ? toBlob(undefined, $bytes, path) : undefined;
}

function fromText(text: string, path: string): Blob64 | undefined {
  const address = text.startsWith("data:") ? ADDRESS.exec(text) : null;
  if (address) return toBlob(address[1], address[2] ?? "", path);
  return BASE64.test(text) && isMixed(text) ? toBlob(undefined, text, path) : undefined;
}

/** Bytes have letters of both kinds and digits; a long word has not. */
function isMixed(text: string): boolean {
  const start = text.slice(0, 512);
  return /[a-z]/.test(start) && /[A-Z]/.test(start) && /\d/.test(start);
}

function toBlob(said: string | undefined, base64: string, path: string): Blob64 {
  const sign = signs.find(([begin]) => base64.startsWith(begin))?.[1];
  const type = said?.toLowerCase() ?? sign ?? "bytes";
  const size = Math.floor((base64.replace(/=+$/, "").length * 3) / 4);
  const isDrawn = DRAWN.has(type) && sign === type;
  return { path, type, size, picture: isDrawn ? `data:${type};base64,${base64}` : undefined };
}
