/** Empty: a screen with nothing on it says why, and what to do next. */
import type { ReactNode } from "react";

export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="grid h-full place-content-center gap-2 p-8 text-center text-soft">
      <p className="text-base font-medium text-ink">{title}</p>
      <div className="text-small">{children}</div>
    </div>
  );
}

/** A command, ready to be copied. */
export function Command({ children }: { readonly children: string }) {
  return (
    <code className="rounded-chip border border-line bg-panel px-1.5 py-0.5 font-mono text-small text-ink select-all">
      {children}
    </code>
  );
}

/** An address that leads nowhere. */
export function Nothing() {
  return (
    <Empty title="There is no such screen">The menu on the left, or g and a letter, leads somewhere.</Empty>
  );
}
