import { expect, test } from "vitest";
import type { Me } from "../api/types.ts";
import { may, mayAny } from "./me.ts";

const me: Me = {
  name: "ana",
  kind: "person",
  open: false,
  hides: [],
  rights: { read: ["team.*", "mailer"], send: [] },
};

test("a right is of the subjects that it names, or of all that begin so", () => {
  expect(may(me, "read", "mailer")).toBe(true);
  expect(may(me, "read", "mailer2")).toBe(false);
  expect(may(me, "read", "team.writer")).toBe(true);
  expect(may(me, "read")).toBe(false);
  expect(may(me, "redrive", "mailer")).toBe(false);
  expect(may({ ...me, rights: { read: ["*"] } }, "read")).toBe(true);
});

test("a tenant's rights end with its names", () => {
  const tenant = { ...me, tenant: "team", rights: { read: ["*"] } };
  expect(may(tenant, "read", "team.writer")).toBe(true);
  expect(may(tenant, "read", "other.writer")).toBe(false);
});

test("an empty list of subjects is no right", () => {
  expect([mayAny(me, "read"), mayAny(me, "send"), mayAny(me, "answer")]).toEqual([true, false, false]);
});
