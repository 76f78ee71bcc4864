/** New token: for whom, of what kind, what it allows and how long. */
import { useState, type FormEvent } from "react";
import type { Me, Right } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Twice } from "../../parts/twice.tsx";
import { scopesIn } from "./scopes.ts";

const FIELD = "rounded-chip border border-strong bg-paper px-2 py-1 placeholder:text-soft";

export interface TokenBody {
  readonly name: string;
  readonly kind: Me["kind"];
  readonly scopes: Readonly<Partial<Record<Right, readonly string[]>>>;
  readonly expires?: string;
}

type Make = (body: TokenBody) => Promise<unknown>;

export function NewToken({ make }: { readonly make: Make }) {
  return (
    <div>
      <Twice label="New token …">{(leave, done) => <Form {...{ make, leave, done }} />}</Twice>
    </div>
  );
}

function Form({
  make,
  leave,
  done,
}: {
  readonly make: Make;
  readonly leave: () => void;
  readonly done: () => void;
}) {
  const [name, setName] = useState("");
  const [kind, setKind] = useState<Me["kind"]>("system");
  const [written, setWritten] = useState("");
  const [expires, setExpires] = useState("");
  const scopes = scopesIn(written);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (scopes === undefined) return;
    await make({ name: name.trim(), kind, scopes, ...(expires !== "" && { expires }) });
    done();
  };
  return (
    <form className="grid gap-2" onSubmit={(event) => void submit(event).catch(() => undefined)}>
      <div className="flex flex-wrap gap-2">
        <input
          autoFocus
          aria-label="Name of who gets it"
          placeholder="name"
          maxLength={80}
          className={FIELD}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <select
          aria-label="Kind"
          className={FIELD}
          value={kind}
          onChange={(event) => setKind(event.target.value as Me["kind"])}
        >
          <option>system</option>
          <option>person</option>
          <option>agent</option>
        </select>
        <select
          aria-label="How long it is good"
          className={FIELD}
          value={expires}
          onChange={(event) => setExpires(event.target.value)}
        >
          <option value="">without end</option>
          <option value="1h">one hour</option>
          <option value="1d">one day</option>
          <option value="30d">30 days</option>
        </select>
      </div>
      <input
        aria-label="What it may"
        placeholder="send:writer read:team.* – or * for everything"
        className={`${FIELD} font-mono`}
        value={written}
        onChange={(event) => setWritten(event.target.value)}
      />
      {written !== "" && scopes === undefined && (
        <p className="text-bad">A right and a subject each: send:writer, read:team.*, administer:*</p>
      )}
      <p className="flex gap-2">
        <Button type="submit" kind="main" disabled={name.trim() === "" || scopes === undefined}>
          Make it
        </Button>
        <Button kind="quiet" onClick={leave}>
          Not now
        </Button>
      </p>
    </form>
  );
}
