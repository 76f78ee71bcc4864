/** View menu: the saved views of the screen that it stands on, one's own and those that others share, and a place to save what is shown now. */
import { useLocation, useNavigate } from "@tanstack/react-router";
import { Bookmark, Users, X } from "lucide-react";
import { memo, useRef, useState } from "react";
import type { SavedView } from "../../api/types.ts";
import { useMay } from "../../app/me.ts";
import { toView, useView, type View } from "../../app/view.ts";
import { Button } from "../button.tsx";
import { save as saveFile } from "../exporting/filesink.ts";
import { Popup } from "../popup.tsx";
import { plain } from "../text.ts";
import { asFile, forgetHere, leftHere, seenIn, useViews, viewsIn, wordsOf } from "./views.ts";

/** Without properties: the address says all that is kept. A screen that is drawn anew each frame need not draw it. */
export const ViewMenu = memo(function ViewMenu() {
  return (
    <Popup label="Views" icon={Bookmark}>
      {(close) => <Views close={close} />}
    </Popup>
  );
});

type Kept = ReturnType<typeof useViews>;

function Views({ close }: { readonly close: () => void }) {
  const screen = useLocation({ select: ({ pathname }) => pathname });
  const [shown] = useView();
  const navigate = useNavigate();
  const kept = useViews(screen);
  const { views, isKept, error } = kept;
  const open = ({ search }: SavedView): void => {
    close();
    void navigate({ to: ".", search: toView(search) });
  };
  return (
    <div className="grid gap-2">
      {views === undefined && !error && <p className="text-soft">Asking the hub …</p>}
      {views?.length === 0 && (
        <p className="text-soft">None yet. Name what you see now to come back to it.</p>
      )}
      <ul className="max-h-80 overflow-auto">
        {views?.map((view) => (
          <Row key={view.id} view={view} forget={kept.forget} open={() => open(view)} />
        ))}
      </ul>
      <Saving now={{ screen, search: seenIn(shown) }} kept={kept} />
      <LeftHere screen={screen} kept={kept} />
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
        <span className="block truncate font-mono text-tiny text-soft">{plain(wordsOf(view.search))}</span>
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

function Saving({
  now,
  kept,
}: {
  readonly now: { readonly screen: string; readonly search: View };
  readonly kept: Kept;
}) {
  const [name, setName] = useState("");
  const [shared, setShared] = useState(false);
  const save = async (): Promise<void> => {
    await kept.save([{ name: name.trim(), ...now, shared }]);
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
function LeftHere({ screen, kept }: { readonly screen: string; readonly kept: Kept }) {
  const [left, setLeft] = useState(() => leftHere().filter((view) => view.screen === screen));
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
  const out = (): void => saveFile(new Blob([asFile(views)], { type: "application/json" }), "views.json");
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
