/** View menu: the saved views, one's own and those that others share, and a place to save what is shown now. */
import { Bookmark, Users, X } from "lucide-react";
import { useRef, useState } from "react";
import type { SavedView } from "../../api/types.ts";
import { useMay } from "../../app/me.ts";
import { Button } from "../../parts/button.tsx";
import { plain } from "../../parts/text.ts";
import { Popup } from "../../parts/popup.tsx";
import { asFile, forgetHere, leftHere, seenIn, useViews, viewsIn, type Seen } from "./views.ts";

interface ViewMenuProps {
  readonly now: Seen;
  readonly onView: (view: Seen) => void;
}

export function ViewMenu(props: ViewMenuProps) {
  return (
    <Popup label="Views" icon={Bookmark}>
      {(close) => <Views {...props} close={close} />}
    </Popup>
  );
}

type Kept = ReturnType<typeof useViews>;

function Views({ now, onView, close }: ViewMenuProps & { readonly close: () => void }) {
  const kept = useViews();
  const { views, isKept, error } = kept;
  return (
    <div className="grid gap-2">
      {views === undefined && !error && <p className="text-soft">Asking the hub …</p>}
      {views?.length === 0 && (
        <p className="text-soft">None yet. Name what you see now to come back to it.</p>
      )}
      <ul className="max-h-80 overflow-auto">
        {views?.map((view) => (
          <Row key={view.id} view={view} forget={kept.forget} open={() => (onView(seenIn(view)), close())} />
        ))}
      </ul>
      <Saving now={now} kept={kept} />
      <LeftHere kept={kept} />
      {error && (
        <p role="alert" className="text-bad">
          {error.message}
        </p>
      )}
      <Files kept={kept} />
      {!isKept && (
        <p className="text-tiny text-soft">
          This hub keeps them until it ends: it was given no file for them.
        </p>
      )}
    </div>
  );
}

function Row({
  view,
  open,
  forget,
}: {
  readonly view: SavedView;
  readonly open: () => void;
  readonly forget: (id: string) => void;
}) {
  const may = useMay();
  const { where, range } = seenIn(view);
  const said = [where, range && `last ${range}`].filter(Boolean).join(" · ") || "everything";
  return (
    <li className="flex items-center">
      <button
        type="button"
        className="min-w-0 grow rounded-chip px-1 py-0.5 text-left hover:bg-hover"
        onClick={open}
      >
        <span className="flex items-center gap-1">
          <span className="truncate">{plain(view.name)}</span>
          {view.shared && (
            <span className="inline-flex shrink-0 items-center gap-1 text-tiny text-soft">
              <Users size={11} aria-hidden /> {view.own ? "shared" : `of ${plain(view.by)}`}
            </span>
          )}
        </span>
        <span className="block truncate font-mono text-tiny text-soft">{plain(said)}</span>
      </button>
      {(view.own || may("administer")) && (
        <button
          type="button"
          aria-label={`Forget ${plain(view.name)}`}
          className="rounded-chip p-1 text-soft hover:text-ink"
          onClick={() => forget(view.id)}
        >
          <X size={13} aria-hidden />
        </button>
      )}
    </li>
  );
}

function Saving({ now, kept }: { readonly now: Seen; readonly kept: Kept }) {
  const [name, setName] = useState("");
  const [shared, setShared] = useState(false);
  const save = async (): Promise<void> => {
    await kept.save([{ name: name.trim(), seen: now, shared }]);
    setName("");
  };
  return (
    <form
      className="grid gap-2"
      onSubmit={(event) => (event.preventDefault(), void save().catch(() => undefined))}
    >
      <span className="flex gap-2">
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
      </span>
      <label className="flex items-center gap-2 text-soft">
        <input type="checkbox" checked={shared} onChange={(event) => setShared(event.target.checked)} />
        Share it with all who use this hub
      </label>
    </form>
  );
}

/** What this browser kept before the hub did is offered once, and gone with the answer. */
function LeftHere({ kept }: { readonly kept: Kept }) {
  const [left, setLeft] = useState(leftHere);
  if (left.length === 0) return null;
  const done = (): void => (forgetHere(), setLeft([]));
  return (
    <div className="grid gap-2 rounded-chip border border-line p-2">
      <p>This browser kept {left.length === 1 ? "a view" : `${left.length} views`} before the hub did.</p>
      <span className="flex gap-2">
        <Button onClick={() => void kept.save(left).then(done, () => undefined)}>Save in the hub</Button>
        <Button kind="quiet" onClick={done}>
          Forget
        </Button>
      </span>
    </div>
  );
}

/** The views as a file, and those of one. */
function Files({ kept: { views = [], save } }: { readonly kept: Kept }) {
  const input = useRef<HTMLInputElement>(null);
  const out = (): void => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([asFile(views)], { type: "application/json" }));
    link.download = "views.json";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };
  const taken = async (file: File | undefined): Promise<void> => {
    if (file) await save(viewsIn(await file.text()));
  };
  return (
    <div className="flex gap-2 border-t border-line pt-2">
      <Button kind="quiet" disabled={views.length === 0} onClick={out}>
        Export
      </Button>
      <Button kind="quiet" onClick={() => input.current?.click()}>
        Import
      </Button>
      <input
        ref={input}
        type="file"
        accept=".json,application/json"
        aria-label="File of views"
        className="hidden"
        onChange={({ target }) => void taken(target.files?.[0]).catch(() => undefined)}
      />
    </div>
  );
}
