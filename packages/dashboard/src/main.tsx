/** The page. */
import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { HubError } from "./api/client.ts";
import { keyboard } from "./app/keys.ts";
import { router } from "./app/router.tsx";
import "./style.css";

const isStranger = (error: unknown): boolean =>
  error instanceof HubError && error.code === "HERMOD_UNAUTHORIZED";

const client: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    // A token that is good no more: the shell asks for another one, and nothing else is asked until then.
    onError: (error, { queryKey: [name] }) => {
      if (isStranger(error) && name !== "me") void client.resetQueries({ queryKey: ["me"] });
    },
  }),
  defaultOptions: {
    queries: {
      // What the hub has refused it refuses again; where it does not answer, it may in a moment.
      retry: (failures, error) => failures < 2 && error instanceof HubError && error.code === "UNREACHABLE",
      staleTime: 1000,
      refetchOnWindowFocus: false,
    },
  },
});

document.addEventListener("keydown", keyboard.press);
router.subscribe("onBeforeLoad", keyboard.leave);
// Once the router has said so to all: a key may lead on.
router.subscribe("onResolved", () => queueMicrotask(() => router.state.isLoading || keyboard.stand()));

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
