/** Tokens: who may speak to the hub: listed, made, rotated and ended. A secret is shown once, and kept nowhere in the page. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ask } from "../../api/client.ts";
import { queries } from "../../api/queries.ts";
import type { TokenInfo } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Command } from "../../parts/empty.tsx";
import { Problem } from "../../parts/problem.tsx";
import { Box } from "../../parts/screen.tsx";
import { Shown } from "../../parts/shown.tsx";
import { plain } from "../../parts/text.ts";
import { Time } from "../../parts/time.tsx";
import { onEscape } from "../../parts/twice.tsx";
import { NewToken } from "./newtoken.tsx";

/** A token that was just made. */
export interface Made extends TokenInfo {
  readonly token: string;
}

export function TokensBox() {
  const tokens = useQuery(queries.tokens);
  return (
    <Box title="Tokens">
      <Shown query={tokens}>
        {({ kept, items }) =>
          kept ? (
            <Tokens items={items} />
          ) : (
            <p className="text-small text-soft">
              This hub has no file of tokens: whoever reaches it from this machine is its operator.{" "}
              <Command>npx hermod token create NAME --all</Command>
            </p>
          )
        }
      </Shown>
    </Box>
  );
}

interface Act {
  /** Where one is again who thinks better of it. */
  readonly from: HTMLElement;
  readonly what: "Rotate" | "End";
  readonly token: TokenInfo;
}

function Tokens({ items }: { readonly items: readonly TokenInfo[] }) {
  const client = useQueryClient();
  const [made, setMade] = useState<Made>();
  const [asked, setAsked] = useState<Act>();
  const [all, setAll] = useState(false);
  const act = useMutation({
    mutationFn: ({ place, body }: { readonly place: string; readonly body?: object }) =>
      ask<Made | undefined>(place, body === undefined ? {} : { body }),
    onSuccess: (answer) => setMade(answer?.token === undefined ? undefined : answer),
    onSettled: () => client.invalidateQueries({ queryKey: queries.tokens.queryKey }),
  });
  const carryOut = ({ what, token: { id } }: Act): void => {
    setAsked(undefined);
    act.mutate(
      what === "Rotate"
        ? { place: `post /v1/tokens/${id}/rotate`, body: {} }
        : { place: `delete /v1/tokens/${id}` },
    );
  };
  const good = items.filter(({ state }) => state === "good");
  return (
    <div className="grid gap-3 text-small">
      {made && <Secret made={made} done={() => setMade(undefined)} />}
      {act.error && <Problem error={act.error} />}
      {asked && (
        <Sure
          key={`${asked.what} ${asked.token.id}`}
          act={asked}
          yes={() => carryOut(asked)}
          no={() => (asked.from.focus(), setAsked(undefined))}
        />
      )}
      <Table items={all ? items : good} onAct={setAsked} />
      {items.length > good.length && (
        <label className="flex items-center gap-2 text-soft">
          <input type="checkbox" checked={all} onChange={(event) => setAll(event.target.checked)} />
          Also those that are good no more ({items.length - good.length})
        </label>
      )}
      <NewToken make={(body) => act.mutateAsync({ place: "post /v1/tokens", body })} />
    </div>
  );
}

function Secret({ made, done }: { readonly made: Made; readonly done: () => void }) {
  return (
    <div role="status" className="grid gap-2 rounded-box border border-good bg-goodwash p-3">
      <p>
        The token of {plain(made.name)}. This is the only time that it is shown: give it by{" "}
        <code className="font-mono">HERMOD_TOKEN</code>.
      </p>
      <code aria-label="The new token" className="font-mono break-all select-all">
        {made.token}
      </code>
      <p className="flex gap-2">
        <Button autoFocus onClick={() => void navigator.clipboard.writeText(made.token)}>
          Copy
        </Button>
        <Button kind="quiet" onClick={done}>
          I have it
        </Button>
      </p>
    </div>
  );
}

function Sure({ act, yes, no }: { readonly act: Act; readonly yes: () => void; readonly no: () => void }) {
  const { what, token } = act;
  const whose = `the token ${token.id} of ${plain(token.name)}`;
  return (
    <div
      role="alertdialog"
      aria-label={`${what} a token`}
      className="grid gap-2 rounded-box border border-bad p-3"
      onKeyDown={onEscape(no)}
    >
      <p>
        {what === "Rotate"
          ? `A new token with the same rights takes the place of ${whose}, which ends at once.`
          : `This ends ${whose} at once, and what is open in its name.`}
      </p>
      <p className="flex gap-2">
        <Button autoFocus kind="bad" onClick={yes}>
          {what} it
        </Button>
        <Button kind="quiet" onClick={no}>
          Not now
        </Button>
      </p>
    </div>
  );
}

function Table({
  items,
  onAct,
}: {
  readonly items: readonly TokenInfo[];
  readonly onAct: (act: Act) => void;
}) {
  return (
    <div className="max-h-96 overflow-auto" role="region" aria-label="List of tokens" tabIndex={0}>
      <table aria-label="Tokens" className="w-full">
        <thead>
          <tr className="border-b border-line text-left text-tiny text-soft">
            {["name", "kind", "id", "may", "made", "state", ""].map((name) => (
              <th key={name} scope="col" className="py-1 pr-4 font-normal">
                {name === "" ? <span className="sr-only">acts</span> : name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((token) => (
            <tr key={token.id} className="border-b border-line/60 last:border-b-0">
              <th scope="row" className="max-w-40 truncate py-1 pr-4 text-left font-normal">
                {plain(token.tenant === undefined ? token.name : `${token.tenant}.${token.name}`)}
              </th>
              <td className="py-1 pr-4">{token.kind}</td>
              <td className="py-1 pr-4 font-mono text-tiny">{token.id}</td>
              <td className="max-w-80 truncate py-1 pr-4 font-mono text-tiny" title={plain(mayText(token))}>
                {plain(mayText(token))}
              </td>
              <td className="py-1 pr-4 whitespace-nowrap">
                <Time at={token.created} ago />
              </td>
              <td
                className={`py-1 pr-4 whitespace-nowrap ${token.state === "good" ? "text-good" : "text-soft"}`}
              >
                {token.state}
              </td>
              <td className="py-1 text-right whitespace-nowrap">
                {token.state === "good" &&
                  (["Rotate", "End"] as const).map((what) => (
                    <Button
                      key={what}
                      kind="quiet"
                      aria-label={`${what} ${token.name} ${token.id}`}
                      onClick={({ currentTarget: from }) => onAct({ from, what, token })}
                    >
                      {what}
                    </Button>
                  ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function mayText({ scopes }: TokenInfo): string {
  const each = Object.entries(scopes).flatMap(([right, subjects]) =>
    (subjects ?? []).map((subject) => `${right}:${subject}`),
  );
  return each.length === 0 ? "nothing" : each.join(" ");
}
