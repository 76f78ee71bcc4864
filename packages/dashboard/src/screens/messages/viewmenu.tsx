/** View menu: the saved views, and a place to save what is shown now. */
import { Bookmark, X } from "lucide-react";
import { useState } from "react";
import { Button } from "../../parts/button.tsx";
import { plain } from "../../parts/text.ts";
import { Popup } from "./popup.tsx";
import { savedViews, withoutView, withView, type SavedView } from "./views.ts";

interface ViewMenuProps {
  readonly now: Omit<SavedView, "name">;
  readonly onView: (view: Omit<SavedView, "name">) => void;
}

export function ViewMenu(props: ViewMenuProps) {
  return (
    <Popup label="Views" icon={Bookmark}>
      {(close) => <Views {...props} close={close} />}
    </Popup>
  );
}

function Views({ now, onView, close }: ViewMenuProps & { readonly close: () => void }) {
  const [views, setViews] = useState(savedViews);
  const [name, setName] = useState("");
  const save = (): void => {
    setViews(withView(views, { ...now, name: name.trim() }));
    setName("");
  };
  return (
    <div className="grid gap-2">
      {views.length === 0 && <p className="text-soft">None yet. Name what you see now to come back to it.</p>}
      <ul>
        {views.map((view) => (
          <li key={view.name} className="flex items-center">
            <button
              type="button"
              className="min-w-0 grow rounded-chip px-1 py-0.5 text-left hover:bg-hover"
              onClick={() => (onView(view), close())}
            >
              <span className="block truncate">{plain(view.name)}</span>
              <span className="block truncate font-mono text-tiny text-soft">
                {plain(
                  [view.where, view.range && `last ${view.range}`].filter(Boolean).join(" · ") ||
                    "everything",
                )}
              </span>
            </button>
            <button
              type="button"
              aria-label={`Forget ${plain(view.name)}`}
              className="rounded-chip p-1 text-soft hover:text-ink"
              onClick={() => setViews(withoutView(views, view.name))}
            >
              <X size={13} aria-hidden />
            </button>
          </li>
        ))}
      </ul>
      <form className="flex gap-2" onSubmit={(event) => (event.preventDefault(), save())}>
        <input
          type="text"
          aria-label="Name of this view"
          placeholder="Name of this view"
          maxLength={80}
          className="min-w-0 grow rounded-chip border border-strong bg-paper px-2 py-1 placeholder:text-soft"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <Button type="submit" disabled={name.trim() === ""}>
          Save
        </Button>
      </form>
      <p className="text-tiny text-soft">
        Kept in this browser. The address says the same: send it to somebody.
      </p>
    </div>
  );
}
