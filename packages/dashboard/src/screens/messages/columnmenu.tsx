/** Column menu: which columns are shown. */
import { Columns3 } from "lucide-react";
import { columns, type Column } from "./columns.tsx";
import { Popup } from "../../parts/popup.tsx";

export function ColumnMenu({
  shown,
  toggle,
}: {
  readonly shown: readonly Column[];
  readonly toggle: (name: string) => void;
}) {
  return (
    <Popup label="Columns" icon={Columns3}>
      {() => (
        <fieldset className="grid grid-cols-2 gap-1">
          <legend className="mb-1 text-tiny text-soft">
            Kept in this browser. Where it is narrow, some give way.
          </legend>
          {columns.map((column) => (
            <label key={column.name} className="flex items-center gap-2">
              <input
                type="checkbox"
                checked={shown.includes(column)}
                disabled={shown.length === 1 && shown.includes(column)}
                onChange={() => toggle(column.name)}
              />
              {column.name}
            </label>
          ))}
        </fieldset>
      )}
    </Popup>
  );
}
