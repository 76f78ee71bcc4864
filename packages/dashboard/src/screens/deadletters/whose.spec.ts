import { expect, test } from "vitest";
import { agentIn } from "./whose.ts";

test("a filter speaks of one agent where it names it, and of no other", () => {
  expect(agentIn("to:mailer age:<5m")).toBe("mailer");
  expect(agentIn('to:"a b"')).toBe("a b");
  for (const where of ["", "from:mailer", "-to:mailer", "to:mail*", "to:a to:b", "to:", "fro:x"])
    expect(agentIn(where)).toBeUndefined();
});
