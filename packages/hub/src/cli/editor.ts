/** Editor: a payload that somebody changes by hand, in the editor of their choice. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Io } from "./io.ts";
import { parsePayload } from "./payload.ts";
import { Usage } from "./problem.ts";
import { toJson } from "./text.ts";

/** What was made of the payload. @throws Usage where nobody can edit, or nothing was changed. */
export async function inEditor(payload: unknown, io: Io): Promise<{ readonly payload: unknown }> {
  if (!io.canAsk)
    throw new Usage("Nobody can edit here.", "Say the new payload by --payload: JSON, @file or -.");
  const before = payload === undefined ? "" : `${toJson(payload, 2)}\n`;
  const after = await changed(before, io);
  if (after === before) throw new Usage("Nothing was changed, and nothing was done.");
  return { payload: after.trim() === "" ? undefined : parsePayload(after, "what you wrote") };
}

/** The text as the editor left it; the file is nobody else's, and gone afterwards. */
async function changed(text: string, { env }: Io): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "hermod-edit-"));
  const file = join(folder, "payload.json");
  try {
    writeFileSync(file, text, { mode: 0o600 });
    await edit(
      env["VISUAL"] || env["EDITOR"] || (process.platform === "win32" ? "notepad" : "vi"),
      file,
      env,
    );
    return readFileSync(file, "utf8");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** An editor may be named with options of its own: "code --wait". */
function edit(editor: string, file: string, env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (why: string): void =>
      reject(new Usage(`${JSON.stringify(editor)} ${why}`, "Name your editor by EDITOR, or use --payload."));
    const child = spawn(`${editor} "${file}"`, {
      shell: true,
      stdio: "inherit",
      env: { ...process.env, ...env },
    });
    child.once("error", ({ message }) => failed(message));
    child.once("exit", (code) => (code === 0 ? resolve() : failed(`ended with ${code ?? "a signal"}`)));
  });
}
