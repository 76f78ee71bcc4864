/** Views: what people look at again and again on the page, kept by the hub under names: their own, and those that they share. */
import { randomBytes } from "node:crypto";
import * as z from "zod";
import { fullName, ownerOf, type Principal } from "../../auth/principal.ts";
import { changeable, isOwn, seenBy, withView, type View } from "../../views/view.ts";
import { withTimes } from "../../shown.ts";
import { route } from "../route.ts";
import * as fields from "../schemas.ts";

const name = z.string().trim().min(1).max(80);
const screen = z
  .string()
  .max(200)
  .regex(/^\/(?!\/)[\w/.~%-]*$/, "must be the path of a screen, such as /messages");
const word = z.string().min(1).max(40);
const search = z
  .record(word, z.string().max(4096))
  .refine((words) => JSON.stringify(words).length <= 6000, "must be at most 6,000 characters")
  .describe("What the address of the screen says");

const view = z.object({
  ...{ id: fields.id, name, screen, search },
  shared: z.boolean().describe("Whether others see it"),
  own: z.boolean().describe("Whether it is of whoever asks"),
  by: z.string(),
  at: fields.time,
});

function shown(principal: Principal, each: View): object {
  const { owner: _, ...rest } = each;
  return { ...withTimes(rest, "at"), own: isOwn(principal, each) };
}

export const views = [
  route("views", "get /v1/views", {
    does: "The saved views: those of whoever asks, and those that others share, by name.",
    needs: "any; others' views where they are shared in the same tenant",
    answer: z.object({
      kept: z.boolean().describe("Whether they are still there when the hub is started anew"),
      items: z.array(view),
    }),
    serve: ({ principal }, { views: keeper }) => ({
      kept: keeper.isKept,
      items: seenBy(principal, keeper.all).map((each) => shown(principal, each)),
    }),
  }),
  route("views", "post /v1/views", {
    does: "Keeps a view; an own one of the same name on the same screen is replaced.",
    needs: "any",
    body: z.strictObject({ name, screen, search, shared: z.boolean().default(false) }),
    answer: view,
    status: 201,
    serve: ({ principal, body }, { views: keeper }) => {
      const made: View = {
        ...{ id: randomBytes(8).toString("hex"), ...body },
        ...{ owner: ownerOf(principal), by: fullName(principal), at: Date.now() },
      };
      keeper.change((all) => withView(all, made));
      return shown(principal, made);
    },
  }),
  route("views", "delete /v1/views/:id", {
    does: "Forgets a view.",
    needs: "that it is one's own; administer, of everything, for those of others",
    params: z.strictObject({ id: fields.id }),
    answer: z.object({ forgotten: z.string() }),
    serve: ({ principal, params: { id } }, { views: keeper }) => {
      const view = changeable(principal, keeper.all, id);
      keeper.change((all) => all.filter((each) => each.id !== view.id));
      if (!isOwn(principal, view)) principal.note?.("view forget", `${view.by} ${view.name}`, "done");
      return { forgotten: view.id };
    },
  }),
];
