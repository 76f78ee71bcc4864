/** Pane: one conversation in one of the four views. */
import { Link } from "@tanstack/react-router";
import { Command, Empty } from "../../parts/empty.tsx";
import { Problem } from "../../parts/problem.tsx";
import { Chat } from "./chat.tsx";
import { ListView } from "./listview.tsx";
import type { Scene } from "./scene.ts";
import { Sequence } from "./sequence.tsx";
import type { Talk } from "./talk.ts";
import { Timeline } from "./timeline.tsx";

export const views = { sequence: Sequence, timeline: Timeline, chat: Chat, list: ListView } as const;
export type ViewName = keyof typeof views;

export function Pane({
  talk,
  scene,
  view,
}: {
  readonly talk: Talk;
  readonly scene: Scene;
  readonly view: ViewName;
}) {
  if (talk.records.length === 0) {
    if (talk.problem !== undefined) return <Problem error={talk.problem} again={() => talk.look()} />;
    if (!talk.isWhole)
      return (
        <p role="status" className="p-4 text-small text-soft">
          Asking the hub …
        </p>
      );
    return (
      <Empty title="No such conversation is remembered">
        <p>
          It was forgotten, or its id is another. What there is stands under{" "}
          <Link to="/conversations" className="underline">
            Conversations
          </Link>
          , or say something: <Command>npx hermod call writer draft</Command>
        </p>
      </Empty>
    );
  }
  const View = views[view];
  return (
    <div className="flex h-full min-h-0 flex-col">
      {talk.problem !== undefined && <Problem error={talk.problem} again={() => talk.look()} />}
      <div className="min-h-0 grow">
        <View key={`${scene.id} ${view}`} scene={scene} />
      </div>
    </div>
  );
}
