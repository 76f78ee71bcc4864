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
