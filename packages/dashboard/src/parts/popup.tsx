/** Popup: a button with a small panel below it. */
import { useEffect, useRef, useState, type ReactNode } from "react";
import type { LucideIcon } from "lucide-react";
import { Button } from "./button.tsx";

export interface PopupProps {
  readonly label: string;
  readonly icon?: LucideIcon;
  readonly children: (close: () => void) => ReactNode;
  /** Grows each time it is to be opened from elsewhere. */
  readonly opens?: number;
}

export function Popup({ label, icon: Icon, children, opens = 0 }: PopupProps) {
  const [isOpen, setOpen] = useState(false);
  const around = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (opens > 0) setOpen(true);
  }, [opens]);
  useEffect(() => {
    if (!isOpen) return;
    const away = ({ target }: PointerEvent): void => {
      if (!around.current?.contains(target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, [isOpen]);
  const close = (): void => {
    setOpen(false);
    around.current?.querySelector("button")?.focus();
  };
  return (
    <div
      ref={around}
      className="relative"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !isOpen) return;
        event.preventDefault();
        event.stopPropagation();
        close();
      }}
    >
      <Button aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {Icon && <Icon size={14} aria-hidden />}
        {label}
      </Button>
      {isOpen && (
        <div
          role="group"
          aria-label={label}
          className="absolute top-full right-0 z-20 mt-1 w-72 rounded-box border border-line bg-raised p-3 text-small shadow-float"
        >
          {children(close)}
        </div>
      )}
    </div>
  );
}
