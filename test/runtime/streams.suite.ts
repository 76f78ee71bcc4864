import type { On } from "./stage.ts";
export function streamSuite(_name: string, _on: On): void {}
