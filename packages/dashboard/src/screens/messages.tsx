/** Messages: the history: searched, walked, counted and taken away; the newest first. */
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useKeys } from "../app/keys.ts";
import { useView } from "../app/view.ts";
import { ExportMenu } from "../parts/exportmenu.tsx";
import { useExport } from "../parts/exporting/useexport.ts";
import { FilterBox } from "../parts/filterbox.tsx";
import { Problem } from "../parts/problem.tsx";
import { Screen } from "../parts/screen.tsx";
import { ViewMenu } from "../parts/views/viewmenu.tsx";
import { MessageDrawer } from "./message/drawer.tsx";
import { remember } from "./message/glance.ts";
import { ColumnMenu } from "./messages/columnmenu.tsx";
import { useColumns } from "./messages/columns.tsx";
import { countsOf } from "./messages/counts.ts";
import { FacetList } from "./messages/facetlist.tsx";
import { Grid } from "./messages/grid.tsx";
import { Histogram } from "./messages/histogram.tsx";
import { Jump } from "./messages/jump.tsx";
import { useJump } from "./messages/jumping.ts";
import type { Line } from "./messages/line.ts";
import { NoRows } from "./messages/norows.tsx";
import { RangePicker } from "./messages/rangepicker.tsx";
import { Standing } from "./messages/standing.tsx";
import { joined } from "./messages/terms.ts";
import { useLate } from "./messages/uselate.ts";
import { useLines } from "./messages/uselines.ts";

export function Messages() {
  const [{ where = "", id, after, range }, change] = useView();
  const whole = joined(where, range && `age:<${range}`);
  const from = after === undefined ? undefined : Date.parse(after) || undefined;
  const all = useLines(useMemo(() => ({ where: whole, from }), [whole, from]));
  const { rows, error, onEnd, anew } = all;
  const [columns, toggle] = useColumns();
  const [goTo, setGoTo] = useState<{ readonly row: number }>();
  const [jumps, setJumps] = useState(0);
  const file = useExport("/v1/export/messages", { where: whole }, "messages");
  const navigate = useNavigate();
  const open = useCallback(
    (line: Line) => {
      remember(line);
      // Of a message with copies, the one of this row.
      const search = line.key === line.id || line.mailbox === undefined ? {} : { view: line.mailbox };
      void navigate({ to: "/messages/$id", params: { id: line.id }, search });
    },
    [navigate],
  );
  const choose = useCallback((key: string | undefined) => change({ id: key }), [change]);
  // Typing leaves one step to go back to, pressing something another one each time.
  const onTyped = useCallback((next: string) => change({ where: next, after: undefined }), [change]);
  const onPressed = useCallback((next: string) => change({ where: next, after: undefined }, false), [change]);
  const jump = useJump(rows, change, setGoTo);
  const newest = useCallback(() => {
    anew();
    change({ after: undefined });
    setGoTo({ row: 0 });
  }, [anew, change]);
  const at = useMemo(() => rows.indexOf(id), [rows, id]);
  const line = rows.at(at);
  // Whoever comes back, or was sent here, finds the row that was chosen.
  const sought = useRef(id);
  useEffect(() => {
    if (sought.current === undefined || at < 0) return;
    sought.current = undefined;
    setGoTo({ row: at });
  }, [at]);
  useKeys(
    useMemo(() => {
      const step = (by: number): void => {
        const row = Math.max(0, Math.min(rows.count - 1, at + by));
        const next = rows.at(row);
        if (next === undefined) return;
        choose(next.key);
        setGoTo({ row });
      };
      return [
        { keys: "j", does: "Next message", run: () => step(1) },
        { keys: "k", does: "Message before", run: () => step(-1) },
        { keys: "Enter", does: "Open the message", run: () => line && open(line) },
        { keys: "Escape", does: "Choose nothing", run: () => choose(undefined) },
        { keys: "G", does: "The newest", run: newest },
        { keys: "t", does: "Jump to a time or an id", run: () => setJumps((before) => before + 1) },
      ];
    }, [rows, at, line, choose, open, newest]),
  );
  const late = useLate(rows, 300);
  const counts = useMemo(() => countsOf(late.sheets), [late]);
  return (
    <Screen
      title="Messages"
      fills
      tools={
        <>
          <FilterBox where={where} onWhere={onTyped} />
          <RangePicker range={range} onRange={(next) => change({ range: next, after: undefined }, false)} />
          <Jump onJump={jump.to} opens={jumps} />
          <ColumnMenu shown={columns} toggle={toggle} />
          <ViewMenu />
          <ExportMenu
            export={file}
            forms={["ndjson", "csv"]}
            about={`${whole === "" ? "The whole history" : "All that the filter lets through"}, oldest first, with whole payloads.`}
          />
        </>
      }
    >
      <div className="flex h-full">
        <FacetList counts={counts} where={where} onWhere={onPressed} isNarrow={id !== undefined} />
        <div className="flex min-w-0 grow flex-col">
          <Histogram rows={late} onTime={jump.toTime} />
          <Standing lines={all} where={where} from={from} onNewest={newest} />
          {error && <Problem error={error} again={all.again} />}
          <Grid {...{ rows, columns, onEnd, goTo }} chosen={line?.key} onChoose={choose} onOpen={open}>
            {!error && <NoRows lines={all} where={where} range={range} from={from} change={change} />}
          </Grid>
        </div>
        {id !== undefined && (
          <MessageDrawer key={id} chosen={id} glance={line} onClose={() => choose(undefined)} />
        )}
      </div>
    </Screen>
  );
}
