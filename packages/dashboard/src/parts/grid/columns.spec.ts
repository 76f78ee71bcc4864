import { expect, test } from "vitest";
import { fitting, templateOf } from "./columns.ts";

const name = { least: 10, most: "1fr" };
const size = { least: 4, worth: 1 };
const state = { least: 5, worth: 2 };
const all = [size, name, state];

test("columns all stand where there is room for them and for what is between them", () => {
  expect(fitting(all, 22.25)).toEqual(all);
  expect(fitting(all, 22.24)).toEqual([name, state]);
});

test("the column that matters least goes first, and one that always matters never", () => {
  expect(fitting(all, 17)).toEqual([name]);
  expect(fitting(all, 1)).toEqual([name]);
});

test("columns are as wide as they need to be, and grow as far as they may", () => {
  expect(templateOf(all)).toBe("4rem minmax(10rem, 1fr) 5rem");
});
