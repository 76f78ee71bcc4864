/** Router: which screen an address shows. Each comes when it is first shown. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { Nothing } from "../parts/empty.tsx";
import { Problem } from "../parts/problem.tsx";
import { Shell } from "./shell.tsx";
import { parseSearch, stringifySearch, toView } from "./view.ts";

const root = createRootRoute({ component: Shell, errorComponent: Problem, validateSearch: toView });
const under = { getParentRoute: () => root };

const routeTree = root.addChildren([
  createRoute({
    ...under,
    path: "/",
    component: lazyRouteComponent(() => import("../screens/overview.tsx"), "Overview"),
  }),
  createRoute({
    ...under,
    path: "/live",
    component: lazyRouteComponent(() => import("../screens/live.tsx"), "LiveScreen"),
  }),
  createRoute({
    ...under,
    path: "/messages",
    component: lazyRouteComponent(() => import("../screens/messages.tsx"), "Messages"),
  }),
  createRoute({
    ...under,
    path: "/messages/$id",
    component: lazyRouteComponent(() => import("../screens/message.tsx"), "Message"),
  }),
  createRoute({
    ...under,
    path: "/conversations",
    component: lazyRouteComponent(() => import("../screens/conversations.tsx"), "Conversations"),
  }),
  createRoute({
    ...under,
    path: "/conversations/$id",
    component: lazyRouteComponent(() => import("../screens/conversation.tsx"), "Conversation"),
  }),
  createRoute({
    ...under,
    path: "/agents",
    component: lazyRouteComponent(() => import("../screens/agents.tsx"), "Agents"),
  }),
  createRoute({
    ...under,
    path: "/agents/$name",
    component: lazyRouteComponent(() => import("../screens/agent.tsx"), "Agent"),
  }),
  createRoute({
    ...under,
    path: "/dead-letters",
    component: lazyRouteComponent(() => import("../screens/deadletters.tsx"), "DeadLetters"),
  }),
  createRoute({
    ...under,
    path: "/inbox",
    component: lazyRouteComponent(() => import("../screens/inbox.tsx"), "Inbox"),
  }),
  createRoute({
    ...under,
    path: "/breakers",
    component: lazyRouteComponent(() => import("../screens/breakers.tsx"), "Breakers"),
  }),
  createRoute({
    ...under,
    path: "/supervision",
    component: lazyRouteComponent(() => import("../screens/supervision.tsx"), "Supervision"),
  }),
  createRoute({
    ...under,
    path: "/topology",
    component: lazyRouteComponent(() => import("../screens/topology.tsx"), "Topology"),
  }),
  createRoute({
    ...under,
    path: "/traces",
    component: lazyRouteComponent(() => import("../screens/traces.tsx"), "Traces"),
  }),
  createRoute({
    ...under,
    path: "/traces/$id",
    component: lazyRouteComponent(() => import("../screens/trace.tsx"), "Trace"),
  }),
  createRoute({
    ...under,
    path: "/system",
    component: lazyRouteComponent(() => import("../screens/system.tsx"), "SystemScreen"),
  }),
]);

export const router = createRouter({
  routeTree,
  parseSearch,
  stringifySearch,
  defaultPreload: "intent",
  defaultErrorComponent: Problem,
  defaultNotFoundComponent: Nothing,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
