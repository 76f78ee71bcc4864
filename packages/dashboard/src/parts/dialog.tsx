/** Dialog: asks something before it is done. It comes lazily, with what is in it. */
import { Dialog as Base } from "@base-ui/react/dialog";
import type { ReactNode } from "react";

export const CloseButton = ({ children }: { readonly children: ReactNode }) => (
  <Base.Close className="rounded-chip border border-strong px-2.5 py-1 text-small hover:bg-hover">
    {children}
  </Base.Close>
);

export function Dialog({
  title,
  onClose,
  children,
}: {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  return (
    <Base.Root open onOpenChange={(open) => open || onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-10 bg-paper/70" />
        <Base.Popup className="fixed top-16 left-1/2 z-20 grid max-h-[80vh] w-xl max-w-[94vw] -translate-x-1/2 gap-3 overflow-auto rounded-box border border-strong bg-raised p-5 shadow-float outline-none">
          <Base.Title className="text-title font-medium">{title}</Base.Title>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
