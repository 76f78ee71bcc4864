/**
 * Routing by knowledge: messages name no recipient, and a router of our own finds who has the skill.
 *   node examples/skills/main.ts
 * Exit code 0 when every message went where the graph says, 1 when one did not.
 */
import { isDeepStrictEqual } from "node:util";
import { HermodError, agent, start } from "hermod";
import { SkillRouter } from "./router.ts";
import { sea, story } from "./sea.ts";

const worker = (name: string) =>
  agent(name, { on: { task: (payload) => `${name} took: ${String(payload)}` } });

const agents = [worker("professor"), worker("pilot"), worker("diver")];

process.exitCode = (await tell()) ? 0 : 1;

async function tell(): Promise<boolean> {
  await using system = await start({ agents, router: new SkillRouter(sea) });
  let right = true;
  for (const [at, [message, wanted]] of story.entries()) {
    const conversationId = `skills-${at + 1}`;
    const refused = await system.send({ ...message, type: "task", conversationId }).then(
      () => "",
      (error: unknown) => (error instanceof HermodError ? error.code : String(error)),
    );
    const records = await system.conversation(conversationId);
    const tasks = records.filter(({ envelope }) => envelope.type === "task" && envelope.to !== undefined);
    const found = tasks.map(({ envelope }) => String(envelope.to));
    right = check(String(message.payload), found, wanted, refused) && right;
  }
  return right;
}

/** Where nobody can do it, the sender must hear so. */
function check(asked: string, found: readonly string[], wanted: readonly string[], refused: string): boolean {
  const ok = isDeepStrictEqual(found, wanted) && refused === (wanted.length === 0 ? "HERMOD_NO_AGENT" : "");
  console.log(`${ok ? "✔" : "✖"} ${asked} → ${found.join(", ") || "nobody"} ${refused}`.trimEnd());
  return ok;
}
