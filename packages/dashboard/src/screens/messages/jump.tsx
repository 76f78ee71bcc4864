/** Jump: to a time, or to a message by its id. */
import { LocateFixed } from "lucide-react";
import { useState } from "react";
import { Button } from "../../parts/button.tsx";
import { Popup } from "../../parts/popup.tsx";

export function Jump({
  onJump,
  opens,
}: {
  /** Says what is wrong, where something is. */
  readonly onJump: (text: string) => Promise<string | undefined>;
  readonly opens: number;
}) {
  return (
    <Popup label="Jump" icon={LocateFixed} opens={opens}>
      {(close) => <JumpForm onJump={onJump} close={close} />}
    </Popup>
  );
}

function JumpForm({
  onJump,
  close,
}: Pick<Parameters<typeof Jump>[0], "onJump"> & { readonly close: () => void }) {
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState<string>();
  const jump = async (): Promise<void> => {
    const complaint = await onJump(text);
    if (complaint === undefined) close();
    else setWrong(complaint);
  };
  return (
    <form className="grid gap-2" onSubmit={(event) => (event.preventDefault(), void jump())}>
      <label className="grid gap-1">
        To a time or an id
        <input
          autoFocus
          type="text"
          spellCheck={false}
          placeholder="14:03, 10m, 2026-11-22 14:03, an id"
          className="rounded-chip border border-strong bg-paper px-2 py-1 font-mono placeholder:text-soft"
          value={text}
          onChange={(event) => (setText(event.target.value), setWrong(undefined))}
        />
      </label>
      {wrong !== undefined && (
        <p role="alert" className="text-bad">
          {wrong}
        </p>
      )}
      <Button kind="main" type="submit" disabled={text.trim() === ""}>
        Go there
      </Button>
    </form>
  );
}
