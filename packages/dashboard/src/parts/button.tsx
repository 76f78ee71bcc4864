/** Button: what does something when it is pressed. One main thing to do on a screen; what cannot be undone is red. */
import type { ComponentProps } from "react";

const kinds = {
  plain: "border-strong bg-panel text-ink hover:bg-hover",
  main: "border-accent bg-accent text-onaccent hover:brightness-110",
  bad: "border-bad bg-panel text-bad hover:bg-badwash",
  quiet: "border-transparent text-soft hover:bg-hover hover:text-ink",
} as const;

export interface ButtonProps extends ComponentProps<"button"> {
  readonly kind?: keyof typeof kinds;
}

export function Button({ kind = "plain", className = "", type = "button", ...rest }: ButtonProps) {
  return (
    <button
      type={type}
      className={`inline-flex items-center justify-center whitespace-nowrap gap-1.5 rounded-chip border px-2.5 py-1 text-small ${kinds[kind]} ${className}`}
      {...rest}
    />
  );
}
