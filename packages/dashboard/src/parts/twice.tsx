/** Twice: a button that asks once more, or for more, before something is done. Who thinks better of it, by Escape too, is where they were. */
import { useState, type KeyboardEvent, type ReactNode } from "react";
import { Button, type ButtonProps } from "./button.tsx";

export interface TwiceProps extends Omit<ButtonProps, "children" | "onClick"> {
  /** On the button: "Compact …". */
  readonly label: string;
  /** What is asked, what leaves it, and what ends it where the focus goes elsewhere. What is answered first takes the focus: `autoFocus`. */
  readonly children: (leave: () => void, done: () => void) => ReactNode;
}

export function Twice({ label, children, ...button }: TwiceProps) {
  const [stand, setStand] = useState<"fresh" | "asked" | "left">("fresh");
  const leave = (): void => setStand("left");
  if (stand === "asked")
    return (
      <div className="contents" onKeyDown={onEscape(leave)}>
        {children(leave, () => setStand("fresh"))}
      </div>
    );
  return (
    <Button {...button} autoFocus={stand === "left"} onClick={() => setStand("asked")}>
      {label}
    </Button>
  );
}

/** Hears Escape before the screen does, whose own it is too. */
export const onEscape =
  (leave: () => void) =>
  (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    leave();
  };
