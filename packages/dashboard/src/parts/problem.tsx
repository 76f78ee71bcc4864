/** Problem: what went wrong, with its code and what to do next; where the hub wants a token, the place to say it. */
import { useQueryClient } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { useState } from "react";
import { HubError, token } from "../api/client.ts";
import { live } from "../live/live.ts";
import { Button } from "./button.tsx";
import { plain } from "./text.ts";

export function Problem({ error, again }: { readonly error: unknown; readonly again?: () => void }) {
  const known = error instanceof HubError ? error : undefined;
  if (known?.code === "HERMOD_UNAUTHORIZED") return <SignIn />;
  return (
    <div role="alert" className="m-4 flex gap-3 rounded-box border border-bad bg-badwash p-3">
      <TriangleAlert size={18} className="mt-0.5 shrink-0 text-bad" aria-hidden />
      <div className="grid gap-1">
        <p className="font-medium">
          {plain(error instanceof Error ? error.message : "Something went wrong")}
        </p>
        {known && known.hint !== "" && <p className="text-small">{plain(known.hint)}</p>}
        {known && <p className="font-mono text-tiny text-soft">{plain(known.code)}</p>}
        {again && (
          <p>
            <Button onClick={again}>Try again</Button>
          </p>
        )}
      </div>
    </div>
  );
}

function SignIn() {
  const [text, setText] = useState("");
  const client = useQueryClient();
  const enter = (): void => {
    token.set(text.trim());
    live.again();
    void client.resetQueries();
  };
  return (
    <form
      className="m-auto mt-24 grid w-96 max-w-full gap-3 rounded-box border border-line bg-panel p-5"
      onSubmit={(event) => (event.preventDefault(), enter())}
    >
      <h1 className="text-title font-medium">Who asks?</h1>
      <label className="grid gap-1 text-small">
        This hub wants a token: hermod token create
        <input
          type="password"
          autoComplete="off"
          className="rounded-chip border border-strong bg-paper px-2 py-1 font-mono"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </label>
      <p className="text-small text-soft">It is kept for this tab, until it is closed.</p>
      <Button kind="main" type="submit" disabled={text.trim() === ""}>
        Enter
      </Button>
    </form>
  );
}
