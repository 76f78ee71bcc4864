/** Config: what holds for a hub, each value with who said so: its command line, or the program that has opened it. */
/** One value. */
export interface ConfigLine {
  readonly key: string;
  /** Text, numbers, lists; null for nothing. Never a secret. */
  readonly value: string | number | boolean | readonly string[] | null;
  readonly source: "default" | "context" | "file" | "env" | "flag" | "program";
  /** The file, the variable, the flag or the context. */
  readonly from?: string;
  /** The variable that it can be set by. */
  readonly env?: string;
  readonly about: string;
}

/** What a program says of a hub that it opens, as far as it is told. */
interface Options {
  readonly port?: number;
  readonly host?: string;
  readonly names?: readonly string[];
  readonly audit?: string;
  readonly views?: string;
  readonly backups?: string;
  readonly auth?: unknown;
}

const known: readonly (readonly [keyof Options, ConfigLine["value"], string])[] = [
  ["port", 4700, "port that it listens at"],
  ["host", "127.0.0.1", "address that it listens at"],
  ["names", null, "names that it is asked under, besides its address"],
  ["audit", null, "file that keeps what was done with special rights"],
  ["views", null, "file that keeps saved views"],
  ["backups", null, "folder for copies of the store"],
];

/** What the options of a program say. */
export function configOf(options: Options): readonly ConfigLine[] {
  const tokens: ConfigLine = {
    ...{ key: "tokens", about: "who may speak to it" },
    ...{
      value: options.auth === undefined ? null : "by the program",
      source: options.auth ? "program" : "default",
    },
  };
  const lines = known.map(([key, fallback, about]): ConfigLine => {
    const given = options[key] as ConfigLine["value"] | undefined;
    return { key, value: given ?? fallback, source: given === undefined ? "default" : "program", about };
  });
  return [...lines, tokens];
}
