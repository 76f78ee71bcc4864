/** The table of error codes against its page and against the code that throws them. */
import type { Source } from "./source.ts";
import { isTest } from "./source.ts";
import { strip } from "./strip.ts";

export type ErrorTable = Readonly<
  Record<string, { readonly category: string; readonly retryable: boolean; readonly hint: string }>
>;

/** What is wrong inside the table itself. */
export function tableErrors(table: ErrorTable): readonly string[] {
  return Object.entries(table).flatMap(([code, { category, retryable, hint }]) => [
    ...(/^HERMOD(_[A-Z0-9]+)+$/.test(code) ? [] : [`${code}: a code reads HERMOD_LIKE_THIS`]),
    ...(category ? [] : [`${code}: no category`]),
    ...(typeof retryable === "boolean" ? [] : [`${code}: retryable is ${String(retryable)}`]),
    ...(/\w.*\.$/s.test(hint ?? "") ? [] : [`${code}: no hint, or one without its full stop`]),
  ]);
}

interface Section {
  readonly code: string;
  readonly text: string;
}

/** Sections of the page: `## HERMOD_X` and what stands below it, up to the next heading of that level. */
export function sectionsOf(markdown: string): readonly Section[] {
  const prose = markdown.replaceAll(/^```.*?^```/gms, (block) => block.replaceAll("#", " "));
  return prose
    .split(/^## +/m)
    .slice(1)
    .map((section) => {
      const [heading = "", ...rest] = section.split("\n");
      return { code: heading.trim(), text: rest.join("\n").trim() };
    });
}

export function pageErrors(table: ErrorTable, markdown: string): readonly string[] {
  const sections = sectionsOf(markdown).filter(({ code }) => code.startsWith("HERMOD_"));
  const documented = sections.map(({ code }) => code);
  return [
    ...Object.keys(table)
      .filter((code) => !documented.includes(code))
      .map((code) => `${code}: add "## ${code}"`),
    ...documented.filter((code) => !Object.hasOwn(table, code)).map((code) => `${code}: not in the table`),
    ...documented
      .filter((code, at) => documented.indexOf(code) < at)
      .map((code) => `${code}: stands there twice`),
    ...sections.filter(({ text }) => text === "").map(({ code }) => `${code}: its section is empty`),
  ];
}

/** Codes that nothing outside the table's file throws, by their name or by the class that carries them. */
export function deadCodes(
  table: ErrorTable,
  tableFile: string,
  sources: readonly Source[],
): readonly string[] {
  const own = sources.find(({ path }) => path === tableFile)?.text ?? "";
  const classes = [...own.matchAll(/class (\w+) extends \w+ \{[^}]*?super\(\s*"(\w+)"/g)];
  const users = sources.filter(({ path }) => path !== tableFile && !isTest(path) && path !== "index.ts");
  const code = users.map(({ text }) => strip(text, { strings: true })).join("\n");
  const named = (name: string | undefined): boolean => new RegExp(`\\b${name}\\b`).test(code);
  return Object.keys(table).filter(
    (key) => !named(key) && !classes.some(([, name, of]) => of === key && named(name)),
  );
}
