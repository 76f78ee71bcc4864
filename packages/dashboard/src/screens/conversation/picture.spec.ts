/** Picture: what is taken away says what is shown, and nothing in it is more than text. */
import { expect, test } from "vitest";
import { eventsIn } from "./drawn.ts";
import { diagramOf } from "./lanes.ts";
import { asSvg } from "./picture.ts";
import { attempt, sample, START } from "./sample.ts";
import { shapeOf, sinceText, sizesFor } from "./shapes.ts";

const EVIL = '</text><script>alert(1)</script>"&\u202e';
const records = [
  sample({ id: "1", to: "writer", operation: EVIL, payload: { text: "```\n# no heading\n```" } }),
  sample({
    ...{ id: "2", at: 1500, to: "writer", operation: "draft", state: "dead", payload: "plain" },
    attempts: [attempt(1, [1600, 1700], "dead", "no *ink*")],
  }),
];
const diagram = diagramOf(eventsIn(records), { hidesReplies: false, focus: undefined, folded: new Set() });
const palette = { paper: "#fff", ink: "#000", soft: "#666", line: "#ccc", warn: "#a60", bad: "#a00" };

test("the picture has each message, and no markup of others", () => {
  const svg = asSvg(diagram, START, palette);
  expect(svg).not.toContain("<script");
  expect(svg).not.toContain("\u202e");
  expect(svg).toContain("&lt;/text&gt;&lt;script&gt;");
  expect(svg.match(/1\.500 s/g)).toHaveLength(1);
  expect(svg).toContain("now a dead letter: no *ink*");
});

test("a label is cut where it has no room, its name before its outcome", () => {
  const narrow = sizesFor(20, 300, 1);
  for (const row of diagram.rows) {
    const { label } = shapeOf(row, narrow);
    if (row.kind === "arrow") expect(label.text.length + label.outcome.length).toBeLessThanOrEqual(20);
  }
  expect(shapeOf(diagram.rows[1]!, narrow).label.outcome).toBe("dead");
});

test("lanes fill the room, and never stand closer than is legible", () => {
  expect(sizesFor(3, 1400, 1).width).toBe(1400);
  expect(sizesFor(40, 1400, 1).width).toBeGreaterThan(39 * 120);
  expect(sizesFor(3, 1400, 2).row).toBe(60);
  expect(sizesFor(0, 0, 1).width).toBeGreaterThan(0);
});

test("time since the beginning", () =>
  expect([0, 999.6, 1234, 59_999, 200_100, 3_800_000].map(sinceText)).toEqual([
    ...["0 ms", "1000 ms", "1.234 s", "59.999 s", "3:20.100", "1:03:20"],
  ]));
