/** What an operator can do with a store's file. All but `describe` take time and can be followed and stopped. */
export { backup, type Backup, type BackupOptions } from "./moves/backup.ts";
export { check, type Checked, type Finding } from "./moves/check.ts";
export { compact, type Compacted } from "./moves/compact.ts";
export { describe, type Description } from "./moves/describe.ts";
export { migrate } from "./moves/migrate.ts";
export type { MoveOptions, MoveProgress } from "./moves/move.ts";
export { restore, type Restored, type RestoreOptions } from "./moves/restore.ts";
