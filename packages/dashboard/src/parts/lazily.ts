/** Lazily: a part of the page that comes when it is first shown. */
import { lazy, type ComponentType } from "react";

/** `lazily(async () => (await import("./chart.tsx")).Chart)`. */
export const lazily = <P extends object>(load: () => Promise<ComponentType<P>>) =>
  lazy(async () => ({ default: await load() }));
