/** Routes: all addresses of the interface. The app serves these, and the description lists them. */
import * as z from "zod";
import { asyncApi } from "../../protocol/asyncapi.ts";
import { toOpenApi } from "../openapi.ts";
import { route, type Route } from "../route.ts";
import { agents, states } from "./agents.ts";
import { deadLetters } from "./deadletters.ts";
import { directory } from "./directory.ts";
import { files } from "./files.ts";
import { health } from "./health.ts";
import { history } from "./history.ts";
import { itself } from "./itself.ts";
import { live } from "./live.ts";
import { mailboxes } from "./mailboxes.ts";
import { messages } from "./messages.ts";
import { people } from "./people.ts";
import { sending } from "./sending.ts";
import { tasks } from "./tasks.ts";
import { tokens } from "./tokens.ts";
import { traces } from "./traces.ts";
import { upkeep } from "./upkeep.ts";
import { views } from "./views.ts";

export const routes: readonly Route[] = [
  ...[
    ...sending,
    ...tasks,
    ...mailboxes,
    ...history,
    ...messages,
    ...traces,
    ...deadLetters,
    ...people,
    ...agents,
    ...states,
    ...directory,
  ],
  ...[...itself, ...live, ...health, ...views, ...files, ...upkeep, ...tokens],
  route("health", "get /v1/openapi.json", {
    does: "This description.",
    needs: "any",
    answer: z.looseObject({ openapi: z.string() }),
    serve: () => (description ??= toOpenApi(routes)),
  }),
  route("health", "get /v1/asyncapi.json", {
    does: "The description of the protocol of the socket.",
    needs: "any",
    answer: z.looseObject({ asyncapi: z.string() }),
    serve: () => (protocol ??= asyncApi()),
  }),
];

let description: object | undefined;
let protocol: object | undefined;
