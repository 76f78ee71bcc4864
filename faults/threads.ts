/** Threads of a process, as Linux tells of them. */
import { readFileSync, readdirSync } from "node:fs";

/**
 * Whether one of the threads of a process neither stands still by a signal nor is at its end; false where the process, or what is asked, is not
 * there. `/proc/PID/task/TID/stat` has the state behind the name, which stands in brackets and may hold any letter (proc_pid_stat(5)).
 */
export function runs(pid: number): boolean {
  const folder = `/proc/${pid}/task`;
  return listed(folder).some((thread) => /\) [^TtXZ] [^)]*$/u.test(read(`${folder}/${thread}/stat`)));
}

/** A thread may end between two looks. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function listed(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
