/** Drawer: what is chosen, beside the list that it was chosen in. */
import { X } from "lucide-react";
import type { ReactNode } from "react";

export function Drawer({
  title,
  onClose,
  children,
}: {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  return (
    <aside
      aria-label={title}
      className="flex w-[30rem] max-w-[60%] shrink-0 flex-col border-l border-line bg-panel"
    >
      <div className="flex items-center border-b border-line px-3 py-1.5">
        <h2 className="text-small font-semibold">{title}</h2>
        <button
          type="button"
          aria-label="Close"
          title="Close (Esc)"
          className="ml-auto rounded-chip p-1 text-soft hover:bg-hover hover:text-ink"
          onClick={onClose}
        >
          <X size={15} aria-hidden />
        </button>
      </div>
      <div className="min-h-0 grow overflow-auto p-3">{children}</div>
    </aside>
  );
}
