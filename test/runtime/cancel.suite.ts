import type { On } from "./stage.ts";
export function cancelSuite(_name: string, _on: On): void {}
