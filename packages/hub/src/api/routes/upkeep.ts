/** Upkeep: copies of the store and room given back to the disk, as jobs; and what holds for the hub, with who said so. */
import * as z from "zod";
import { demand, fullName, type Principal } from "../../auth/principal.ts";
import { jobKinds, type Job } from "../../upkeep/jobs.ts";
import { withTimes } from "../../shown.ts";
import { route } from "../route.ts";
import * as fields from "../schemas.ts";
import { EVERYTHING } from "../seen.ts";

const needs = "administer, of everything";
const job = z.object({
  ...{ id: fields.id, kind: z.enum(jobKinds), by: z.string() },
  state: z.enum(["running", "done", "failed", "stopped"]),
  progress: z.object({ step: z.string(), done: z.number(), total: z.number() }).optional(),
  startedAt: fields.time,
  endedAt: fields.time.optional(),
  result: z
    .looseObject({})
    .optional()
    .describe("Of a backup its file and bytes; of a compaction the bytes that were freed"),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string() }).optional(),
});

const shown = (each: Job): object => withTimes(each, "startedAt", "endedAt");

/** To look is not to act: only a refusal is kept. @throws HermodError HERMOD_FORBIDDEN. */
function mayLook(principal: Principal, act: string): void {
  if (!principal.may("administer", EVERYTHING)) demand(principal, "administer", EVERYTHING, act);
}

export const upkeep = [
  route("upkeep", "get /v1/store/jobs", {
    does: "What was begun with the store since the hub began, the newest first, and what can be.",
    needs,
    answer: z.object({
      can: z.object({ backup: z.boolean(), compact: z.boolean() }),
      items: z.array(job),
    }),
    serve: ({ principal }, { upkeep: { can, jobs } }) => {
      mayLook(principal, "read the jobs");
      return { can, items: jobs.all.map(shown) };
    },
  }),
  route("upkeep", "post /v1/store/backup", {
    does: "Begins a verified copy of the store in the hub's folder for copies; the hub works on meanwhile.",
    needs,
    body: z.strictObject({}).optional(),
    answer: job,
    status: 202,
    serve: ({ principal }, { upkeep: own }) => {
      demand(principal, "administer", EVERYTHING, "backup");
      return shown(own.backup(fullName(principal)));
    },
  }),
  route("upkeep", "post /v1/store/compact", {
    does: "Begins to give the room of what is forgotten back to the disk; what is sent meanwhile waits for it.",
    needs,
    body: z.strictObject({}).optional(),
    answer: job,
    status: 202,
    serve: ({ principal }, { upkeep: own }) => {
      demand(principal, "administer", EVERYTHING, "compact");
      return shown(own.compact(fullName(principal)));
    },
  }),
  route("upkeep", "delete /v1/store/jobs/:id", {
    does: "Wants a job to end; a backup ends between two pieces and leaves nothing, a compaction goes on to its end.",
    needs,
    params: z.strictObject({ id: fields.id }),
    answer: job,
    serve: ({ principal, params: { id } }, { upkeep: { jobs } }) => {
      demand(principal, "administer", EVERYTHING, "stop job");
      return shown(jobs.stop(id));
    },
  }),
  route("hub", "get /v1/hub/config", {
    does: "What holds for the hub, each value with who said so.",
    needs,
    answer: z.object({
      items: z.array(
        z.object({
          key: z.string(),
          value: z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()]),
          source: z.enum(["default", "context", "file", "env", "flag", "program"]),
          from: z.string().optional(),
          env: z.string().optional(),
          about: z.string(),
        }),
      ),
    }),
    serve: ({ principal }, { config }) => {
      mayLook(principal, "read the config");
      return { items: config };
    },
  }),
];
