/** Screen: the frame of each: its name, its tools in a bar, and below them what it shows. */
import type { ReactNode } from "react";

export interface ScreenProps {
  readonly title: string;
  /** Beside the title: filter, buttons. */
  readonly tools?: ReactNode;
  readonly children: ReactNode;
  /** True for what scrolls by itself. */
  readonly fills?: boolean;
}

export function Screen({ title, tools, children, fills = false }: ScreenProps) {
  return (
    <section aria-label={title} className="flex h-full flex-col">
      <div className="flex min-h-12 shrink-0 flex-wrap items-center gap-3 border-b border-line bg-panel px-4 py-2">
        <h1 className="text-base font-semibold">{title}</h1>
        {tools}
      </div>
      <div className={`min-h-0 grow ${fills ? "" : "overflow-auto p-4"}`}>{children}</div>
    </section>
  );
}

/** A part of a screen with a name of its own. */
export function Box({
  title,
  tools,
  children,
}: {
  readonly title: string;
  readonly tools?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <section aria-label={title} className="rounded-box border border-line bg-panel">
      <div className="flex items-center gap-2 border-b border-line px-3 py-1.5">
        <h2 className="text-small font-semibold">{title}</h2>
        <span className="grow" />
        {tools}
      </div>
      <div className="p-3">{children}</div>
    </section>
  );
}
