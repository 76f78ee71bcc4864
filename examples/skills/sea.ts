/** The graph of this story: three agents at the sea, and what they know. */
import type { HandMessage } from "hermod";
import { SkillGraph } from "./graph.ts";

export const sea = new SkillGraph(
  {
    science: {},
    oceanography: { kindOf: ["science"], words: ["ocean", "sea"] },
    tides: { kindOf: ["oceanography"], words: ["tide", "ebb"] },
    weather: { kindOf: ["science"], words: ["wind", "storm"] },
    sailing: { needs: ["tides", "weather"], words: ["sail", "harbour"] },
    cooking: { words: ["soup"] },
  },
  {
    professor: ["science"],
    pilot: ["tides", "weather"],
    diver: ["oceanography"],
  },
);

/** What is asked for, and who should be asked, nearest first. */
export const story: readonly (readonly [message: HandMessage, to: readonly string[]])[] = [
  [{ payload: "when is high water?", metadata: { skill: "tides" } }, ["pilot", "diver", "professor"]],
  [{ payload: "which harbour can we sail to?" }, ["pilot", "professor"]],
  [{ payload: "how deep is the sea, and is there a storm?" }, ["professor"]],
  [{ payload: "who makes the soup?" }, []],
];
