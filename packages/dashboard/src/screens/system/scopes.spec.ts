import { expect, test } from "vitest";
import { scopesIn } from "./scopes.ts";

test("scopes are read as the command line has them", () => {
  expect(scopesIn("send:writer, read:team.*  read:~people/ana")).toEqual({
    send: ["writer"],
    read: ["team.*", "~people/ana"],
  });
  expect(scopesIn("*")?.administer).toEqual(["*"]);
  for (const wrong of ["", " ", "send", "fly:moon", "send:", "* send:a"])
    expect(scopesIn(wrong)).toBeUndefined();
});
