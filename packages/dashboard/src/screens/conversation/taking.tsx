/** Taking: the conversation as a file: JSON, Markdown, SVG or Mermaid. */
import { Download } from "lucide-react";
import { useMemo } from "react";
import { ask } from "../../api/client.ts";
import type { MessageRecord, Page } from "../../api/types.ts";
import { useKeys } from "../../app/keys.ts";
import { diagramOf } from "./lanes.ts";
import type { Scene } from "./scene.ts";
import { asJson, asMarkdown, asMermaid, asSvg, type Palette } from "./written.ts";

const forms = {
  json: { name: "JSON", end: "json", type: "application/json" },
  markdown: { name: "Markdown", end: "md", type: "text/markdown" },
  svg: { name: "SVG", end: "svg", type: "image/svg+xml" },
  mermaid: { name: "Mermaid", end: "mmd", type: "text/plain" },
} as const;

type Form = keyof typeof forms;

export function Taking({ scene }: { readonly scene: Scene }) {
  useKeys(
    useMemo(() => [{ keys: "e", does: "Export as JSON", run: () => void take(scene, "json") }], [scene]),
  );
  return (
    <label className="flex items-center gap-1 rounded-chip border border-strong bg-panel py-0.5 pl-2 text-small hover:bg-hover">
      <Download size={13} aria-hidden />
      <span className="sr-only">Export as</span>
      <select
        className="w-20 bg-panel py-0.5 pr-1"
        value=""
        onChange={({ target }) => {
          void take(scene, target.value as Form);
        }}
      >
        <option value="" disabled>
          Export
        </option>
        {Object.entries(forms).map(([form, { name }]) => (
          <option key={form} value={form}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

async function take(shown: Scene, form: Form): Promise<void> {
  const { end, type } = forms[form];
  const scene = { ...shown, records: await whole(shown) };
  const address = URL.createObjectURL(new Blob([textOf(scene, form)], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = `conversation-${scene.id.replaceAll(/[^\w-]+/gu, "_").slice(0, 80)}.${end}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** The messages with their whole payloads: where one came cut, all are asked for once more. */
async function whole({ id, records }: Scene): Promise<Scene["records"]> {
  if (!records.some(({ envelope }) => envelope.beginning !== undefined)) return records;
  const all: MessageRecord[] = [];
  let after: string | undefined;
  do {
    const query = { after, limit: 200 };
    const page = await ask<Page<MessageRecord>>(`get /v1/conversations/${encodeURIComponent(id)}`, { query });
    all.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return all;
}

function textOf({ id, records, events, choice, start }: Scene, form: Form): string {
  switch (form) {
    case "json":
      return asJson(records);
    case "markdown":
      return asMarkdown(id, records);
    case "mermaid":
      return asMermaid(records);
    case "svg":
      return asSvg(diagramOf(events, choice), start, paletteNow());
  }
}

/** The page's colours, worked out: a file has no theme. */
function paletteNow(): Palette {
  const probe = document.body.appendChild(document.createElement("span"));
  const colour = (name: string): string => {
    probe.style.color = `var(--color-${name})`;
    return getComputedStyle(probe).color;
  };
  const [paper, ink, soft, line, warn, bad] = ["paper", "ink", "soft", "strong", "warn", "bad"].map(
    colour,
  ) as [string, string, string, string, string, string];
  probe.remove();
  return { paper, ink, soft, line, warn, bad };
}
