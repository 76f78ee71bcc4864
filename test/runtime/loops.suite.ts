import type { On } from "./stage.ts";
export function loopSuite(_name: string, _on: On): void {}
