/** Rules: what each setting may be. Apart from the settings, since the checker takes its time to load. */
import * as z from "zod";
import { Usage } from "./problem.ts";
import { known, type Key, type Setting } from "./settings.ts";

const text = z.string().min(1);

const name = z
  .string()
  .trim()
  .regex(
    /^(\[[\da-f:.]+\]|[\w.-]+)$/iu,
    "must be names of hosts, without scheme and port: hub.example,10.0.0.7",
  );

const path = z
  .string()
  .trim()
  .regex(
    /^([\p{L}\p{N}_$-]+|\*)(\.([\p{L}\p{N}_$-]+|\*))*$/u,
    "must be names and paths of them: ssn,data.card.number; or none",
  );

const rules: Readonly<Record<Key, z.ZodType>> = {
  url: z.url({
    protocol: /^(https?|wss?)$/u,
    error: "must be the address of a hub, such as http://localhost:4700",
  }),
  token: text.regex(/^[\x21-\x7e]+$/u, "must be printable characters without blanks").optional(),
  port: z.coerce
    .number({ error: "must be a port" })
    .int("must be a whole number")
    .min(0, "must be a port, from 0 to 65535")
    .max(65_535, "must be a port, from 0 to 65535"),
  host: text,
  store: text,
  tokens: text.optional(),
  // On a line they stand with commas between, in a file as a list too.
  names: z.preprocess(
    (given) => (typeof given === "string" ? given.split(",") : given),
    z.array(name).min(1).optional(),
  ),
  hide: z.preprocess(
    (given) => (typeof given === "string" ? given.split(",") : given),
    z.array(path).min(1).optional(),
  ),
  entry: text.optional(),
};

/** The value, as its rule gives it. @throws Usage naming the setting and where it stands. */
export function checkSetting({ key, value, from = "default" }: Setting): unknown {
  const checked = rules[key].safeParse(value);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  const shown = key === "token" ? "" : `, got ${JSON.stringify(value)}`;
  throw new Usage(`${key} (${from}): ${issue?.message ?? "does not fit"}${shown}`);
}

/** @throws Usage for a name that is none. */
export function checkNames(values: Readonly<Record<string, unknown>>, file: string): void {
  const wrong = Object.keys(values).find((name) => !Object.hasOwn(known, name));
  if (wrong === undefined) return;
  throw new Usage(
    `${file}: there is no setting ${JSON.stringify(wrong)}`,
    `There are: ${Object.keys(known).join(", ")}.`,
  );
}
