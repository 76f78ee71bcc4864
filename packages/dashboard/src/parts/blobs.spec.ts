import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { apart } from "./blobs.ts";

const bytes = btoa(String.fromCharCode(...Array.from({ length: 900 }, (_, at) => (at * 37) % 251)));

describe("blobs", () => {
  it("takes bytes and pictures out, and says where they stood, of what type and how large", () => {
    const png = `iVBORw0KGgo${bytes}`;
    const { value, blobs } = apart({
      a: [{ $bytes: bytes }],
      picture: `data:image/png;base64,${png}`,
      text: "x",
    });
    expect(value).toEqual({ a: ["⟨bytes, 1⟩"], picture: "⟨image/png, 2⟩", text: "x" });
    expect(blobs.map(({ path, type, size }) => [path, type, size])).toEqual([
      ["data.a[0]", "bytes", 900],
      ["data.picture", "image/png", expect.any(Number)],
    ]);
    expect(blobs[1]?.picture).toBe(`data:image/png;base64,${png}`);
  });
  it("draws nothing that says it is a picture and is none, and never SVG", () => {
    const svg = `data:image/svg+xml;base64,${btoa("<svg onload='x()'/>")}`;
    for (const address of [svg, `data:image/png;base64,${bytes}`, `data:text/html;base64,${bytes}`])
      expect(apart(address).blobs.map(({ picture }) => picture)).toEqual([undefined]);
  });
  it("leaves words, long words and anything short as they are", () => {
    const long = "a".repeat(5000);
    const value = { long, hash: "deadBEEF12".repeat(10), sentence: "The tide turns. ".repeat(100) };
    expect(apart(value)).toEqual({ value, blobs: [] });
  });
  it("changes nothing where there is no blob", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        expect(apart(value).value).toBe(value);
      }),
    );
  });
});
