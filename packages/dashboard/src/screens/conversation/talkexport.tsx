/** Talk export: the conversation as a file. The hub writes it whole; the picture is the page's own, since the hub does not know what is folded, hidden and in focus here. */
import { Button } from "../../parts/button.tsx";
import { ExportMenu } from "../../parts/exportmenu.tsx";
import { fileName, save } from "../../parts/exporting/filesink.ts";
import { useExport } from "../../parts/exporting/useexport.ts";
import { diagramOf } from "./lanes.ts";
import { asSvg, type Palette } from "./picture.ts";
import type { Scene } from "./scene.ts";

export function TalkExport({ scene }: { readonly scene: Scene }) {
  const name = fileName(`conversation-${scene.id}`);
  const taken = useExport(`/v1/export/conversations/${encodeURIComponent(scene.id)}`, {}, name);
  return (
    <ExportMenu
      export={taken}
      forms={["json", "markdown", "mermaid"]}
      about="All of this conversation, with whole payloads; the picture as its sequence is shown now."
    >
      <Button onClick={() => save(pictureOf(scene), `${name} as shown.svg`)}>Picture, as shown</Button>
    </ExportMenu>
  );
}

function pictureOf({ events, choice, start }: Scene): Blob {
  return new Blob([asSvg(diagramOf(events, choice), start, paletteNow())], { type: "image/svg+xml" });
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
