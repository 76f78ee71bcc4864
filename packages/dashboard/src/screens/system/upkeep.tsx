/** Upkeep: a copy of the store and room given back to the disk, begun here, with how far it is and what it came to. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleCheck, CircleSlash, CircleX, LoaderCircle } from "lucide-react";
import { useEffect } from "react";
import { ask } from "../../api/client.ts";
import { queries } from "../../api/queries.ts";
import type { Job, JobList } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Problem } from "../../parts/problem.tsx";
import { Box } from "../../parts/screen.tsx";
import { Shown } from "../../parts/shown.tsx";
import { plain, sizeText, spanText } from "../../parts/text.ts";
import { Time } from "../../parts/time.tsx";
import { Twice } from "../../parts/twice.tsx";

/** Jobs that are listed. */
const LISTED = 5;

export function UpkeepBox() {
  const jobs = useQuery(queries.jobs);
  return (
    <Box title="Copies and room">
      <Shown query={jobs}>{(data) => <Jobs jobs={data} />}</Shown>
    </Box>
  );
}

function Jobs({ jobs: { can, items } }: { readonly jobs: JobList }) {
  const client = useQueryClient();
  const act = useMutation({
    mutationFn: (place: string) => ask(place),
    onSettled: () => client.invalidateQueries({ queryKey: queries.jobs.queryKey }),
  });
  const running = items.find(({ state }) => state === "running");
  // What has ended may have changed the store's size and its last copy.
  useEffect(() => {
    if (running === undefined) void client.invalidateQueries({ queryKey: queries.hub.queryKey });
  }, [running, client]);
  if (!can.backup && !can.compact)
    return (
      <p className="text-small text-soft">This store is in no file: there is nothing to copy or compact.</p>
    );
  return (
    <div className="grid gap-3 text-small">
      <div className="flex flex-wrap gap-2">
        <Button
          disabled={!can.backup || running !== undefined}
          title={can.backup ? undefined : "This hub was given no folder for copies"}
          onClick={() => act.mutate("post /v1/store/backup")}
        >
          Back up now
        </Button>
        <Twice label="Compact …" disabled={!can.compact || running !== undefined}>
          {(leave) => (
            <>
              <Button autoFocus kind="bad" onClick={() => (leave(), act.mutate("post /v1/store/compact"))}>
                Compact: what is sent waits meanwhile
              </Button>
              <Button kind="quiet" onClick={leave}>
                Not now
              </Button>
            </>
          )}
        </Twice>
      </div>
      {act.error && <Problem error={act.error} />}
      <ul className="grid gap-2" aria-label="What was begun">
        {items.slice(0, LISTED).map((job) => (
          <Line key={job.id} job={job} stop={() => act.mutate(`delete /v1/store/jobs/${job.id}`)} />
        ))}
      </ul>
      {items.length === 0 && <p className="text-soft">Nothing was begun since the hub was started.</p>}
    </div>
  );
}

const looks = {
  running: { icon: LoaderCircle, tone: "text-info" },
  done: { icon: CircleCheck, tone: "text-good" },
  failed: { icon: CircleX, tone: "text-bad" },
  stopped: { icon: CircleSlash, tone: "text-soft" },
} as const;

function Line({ job, stop }: { readonly job: Job; readonly stop: () => void }) {
  const { kind, state, by, startedAt, progress } = job;
  const { icon: Icon, tone } = looks[state];
  return (
    <li className="grid gap-1">
      <span className="flex items-center gap-2">
        <Icon size={13} aria-hidden className={tone} />
        <span>
          {kind} <span className={tone}>{state}</span>
        </span>
        <span className="grow text-soft">
          <Time at={startedAt} ago /> by {plain(by)}
        </span>
        {state === "running" && kind === "backup" && (
          <Button kind="bad" onClick={stop}>
            Stop
          </Button>
        )}
      </span>
      {state === "running" && progress && (
        <progress
          aria-label={`${kind}: ${plain(progress.step)}`}
          className="h-1.5 w-full accent-accent"
          value={progress.done}
          max={Math.max(1, progress.total)}
        />
      )}
      <span className="break-words text-soft">{wordsFor(job)}</span>
    </li>
  );
}

function wordsFor({ kind, state, progress, result, error, startedAt, endedAt }: Job): string {
  if (error) return plain(`${error.message} ${error.hint}`);
  if (state === "running")
    return progress ? plain(`${progress.step}: ${progress.done} of ${progress.total}`) : "";
  const took = endedAt === undefined ? "" : ` in ${spanText(Date.parse(endedAt) - Date.parse(startedAt))}`;
  if (state === "stopped" || !result) return `stopped${took}`;
  return kind === "backup"
    ? plain(`${sizeText(Number(result["bytes"]))}, verified${took}: ${String(result["file"])}`)
    : `${sizeText(Number(result["freed"]))} given back${took}`;
}
