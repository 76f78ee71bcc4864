/** Copy menu: the message as something that sends it again. */
import { Check, Copy } from "lucide-react";
import { useState } from "react";
import type { Envelope } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { asCli, asCurl, asTypeScript, refusalOf } from "./copyas.ts";

export function CopyMenu({ envelope }: { readonly envelope: Envelope }) {
  const [copied, setCopied] = useState<string>();
  const refusal = refusalOf(envelope);
  const copy = async (name: string, text: string): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(name);
    } catch {
      setCopied("refused");
    }
  };
  const forms = [
    ["CLI", () => asCli(envelope)],
    ["cURL", () => asCurl(envelope, location.origin)],
    ["TypeScript", () => asTypeScript(envelope)],
  ] as const;
  return (
    <div role="group" aria-label="Copy as" className="flex items-center gap-1">
      <span className="text-tiny text-soft">Copy as</span>
      {forms.map(([name, text]) => (
        <Button
          key={name}
          disabled={refusal !== undefined}
          title={refusal}
          onClick={() => void copy(name, text())}
        >
          {copied === name ? (
            <Check size={13} aria-hidden className="text-good" />
          ) : (
            <Copy size={13} aria-hidden />
          )}
          {name}
        </Button>
      ))}
      <span role="status" className="text-tiny text-soft">
        {copied === "refused" ? "The browser does not let it be copied." : copied && "copied"}
      </span>
    </div>
  );
}
