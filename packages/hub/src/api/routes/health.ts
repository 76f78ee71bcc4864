/** Health: whether the hub is there and works; told to anybody, and nothing else with it. */
import { HermodError } from "hermod";
import * as z from "zod";
import { demand } from "../../auth/principal.ts";
import { route } from "../route.ts";
import { EVERYTHING } from "../seen.ts";

const ok = z.object({ ok: z.literal(true) });

/** The addresses that need no token. */
export const isOpen = (path: string): boolean => /^\/v1\/health(\/(live|ready))?$/.test(path);

export const health = [
  ...["get /v1/health", "get /v1/health/live"].map((place) =>
    route("health", place, {
      does: "The hub is there.",
      needs: "nothing",
      answer: ok,
      serve: () => ({ ok: true }),
    }),
  ),
  route("health", "get /v1/health/ready", {
    does: "The hub takes work: its store answers. 503 where it does not.",
    needs: "nothing",
    answer: ok,
    serve: async ({ request: _ }, { system, store }) => {
      try {
        await store.read({ type: "counts", mailbox: system.address });
      } catch (cause) {
        throw new HermodError("HERMOD_STORE", "the hub's store does not answer", { cause });
      }
      return { ok: true };
    },
  }),
  route("health", "get /metrics", {
    does: "The hub's numbers for Prometheus.",
    needs: "read, of everything",
    answer: "text/plain",
    serve: async ({ principal }, { store, hosting, feed, pulls, metrics }) => {
      demand(principal, "read", EVERYTHING);
      const { items: mailboxes } = await store.read({ type: "counts" });
      const { length: sessions } = hosting.sessions;
      const measured = {
        mailboxes,
        sessions,
        readers: feed.readers,
        held: pulls.size,
        requests: metrics.running,
      };
      const text = await metrics.text(measured, Date.now());
      return new Response(text, { headers: { "content-type": metrics.type } });
    },
  }),
];
