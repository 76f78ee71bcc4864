/** Config: what holds for the hub, each value with who said so. */
import { useQuery } from "@tanstack/react-query";
import { queries } from "../../api/queries.ts";
import type { ConfigLine } from "../../api/types.ts";
import { Box } from "../../parts/screen.tsx";
import { Shown } from "../../parts/shown.tsx";
import { plain } from "../../parts/text.ts";

const sources: Readonly<Record<ConfigLine["source"], string>> = {
  default: "default",
  context: "context",
  file: "file",
  env: "environment",
  flag: "flag",
  program: "program",
};

export function ConfigBox() {
  const config = useQuery(queries.config);
  return (
    <Box title="Effective config">
      <Shown query={config}>{(lines) => <Lines lines={lines} />}</Shown>
    </Box>
  );
}

function Lines({ lines }: { readonly lines: readonly ConfigLine[] }) {
  return (
    <div className="overflow-x-auto" role="region" aria-label="Values that hold" tabIndex={0}>
      <table aria-label="Effective config" className="w-full text-small">
        <thead>
          <tr className="border-b border-line text-left text-tiny text-soft">
            {["key", "value", "said by", "variable"].map((name) => (
              <th key={name} scope="col" className="py-1 pr-4 font-normal">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map(({ key, value, source, from, env, about }) => (
            <tr key={key} className="border-b border-line/60 last:border-b-0" title={plain(about)}>
              <th scope="row" className="py-1 pr-4 text-left font-mono font-normal">
                {plain(key)}
              </th>
              <td className="py-1 pr-4 font-mono break-all">{value === null ? "–" : plain(textOf(value))}</td>
              <td className={`py-1 pr-4 whitespace-nowrap ${source === "default" ? "text-soft" : ""}`}>
                {sources[source]}
                {from !== undefined && <span className="font-mono text-tiny"> {plain(from)}</span>}
              </td>
              <td className="py-1 font-mono text-tiny text-soft">{env}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function textOf(value: NonNullable<ConfigLine["value"]>): string {
  return typeof value === "object" ? value.join(", ") : String(value);
}
