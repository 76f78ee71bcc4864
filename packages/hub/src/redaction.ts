/**
 * Redaction: what of a payload nobody is shown. Programs that handle a message get it whole; who only looks at it, on the page, over HTTP or from the
 * command line, finds these words in the place of each value that a rule names.
 */
import type { DeadLetter, DelayedMessage, Envelope, MessageNotes, MessageRecord, Note, Notes } from "hermod";
import { withoutSecrets } from "hermod/remote";

/** Stands in the place of what is hidden. */
export const HIDDEN = "[hidden by the hub]";

/** Names whose values are hidden wherever they stand, in capitals or not, with `_` and `-` or without. */
export const secretNames: readonly string[] = [
  ...["password", "passwd", "passphrase", "secret", "clientSecret", "privateKey", "apiKey", "credentials"],
  ...["token", "accessToken", "refreshToken", "idToken", "bearerToken", "authToken", "sessionToken"],
  ...["authorization", "cookie", "setCookie"],
];

/** A rule of its own: keys and tokens of well-known shapes are hidden wherever they stand inside of a text. */
export const TEXTS = "~secrets";

const usual: readonly string[] = [...secretNames, TEXTS];

type Path = readonly string[];

const plainName = (name: string): string => name.toLowerCase().replaceAll(/[_-]/gu, "");
/** Names that are kept as they are compared: payloads have the same ones over and over. */
const MOST_NAMES = 1000;
const isRoot = (name: string): boolean => name === "data" || name === "metadata";

export class Redaction {
  /** As they were given, the default ones included. */
  readonly rules: readonly string[];
  readonly #looksIntoTexts: boolean;
  readonly #names: ReadonlySet<string>;
  readonly #paths: readonly Path[];
  /** An envelope has several events, and each of them several readers. */
  readonly #known = new WeakMap<Envelope, Envelope>();
  readonly #plain = new Map<string, string>();

  /** A rule is a name, "ssn", or a path with `*` for any one name: "data.card.number", "metadata.*.key". */
  constructor(rules: readonly string[] = usual) {
    this.rules = rules;
    this.#looksIntoTexts = rules.includes(TEXTS);
    const named = rules.filter((rule) => rule !== TEXTS);
    const split = named.map((rule) => rule.split(".").map(plainName));
    this.#names = new Set(split.filter(({ length }) => length === 1).map(([name = ""]) => name));
    this.#paths = split
      .filter(({ length }) => length > 1)
      .map((path) => (isRoot(path[0] ?? "") ? path : ["data", ...path]));
  }

  /** The envelope as it may be shown; the same one where nothing of it is hidden. */
  envelope(envelope: Envelope): Envelope {
    const known = this.#known.get(envelope);
    if (known) return known;
    const payload = this.#from("data", envelope.payload);
    const metadata = this.#from("metadata", envelope.metadata) as Envelope["metadata"];
    const isSame = payload === envelope.payload && metadata === envelope.metadata;
    const shown = isSame ? envelope : { ...envelope, payload, metadata };
    this.#known.set(envelope, shown);
    return shown;
  }

  record = (record: MessageRecord): MessageRecord => this.#told(record);
  letter = (letter: DeadLetter): DeadLetter => this.value(this.#told(letter), new Set(["error"]));
  delayed = (delayed: DelayedMessage): DelayedMessage => this.#told(delayed);

  notes(told: MessageNotes): MessageNotes {
    return { ...told, notes: told.notes.map(this.#note) };
  }

  noted(told: Notes): Notes {
    return { ...told, notes: told.notes.map(this.#note) };
  }

  readonly #note = <T extends Note>(note: T): T =>
    note?.type === "log" ? this.value(note, new Set(["data", "text"])) : note;

  /** A text as it may be shown. */
  text(text: string): string {
    return this.#looksIntoTexts ? withoutSecrets(text, HIDDEN) : text;
  }

  /** The same with what stands under these of its names as it may be shown. */
  value<T extends object>(value: T, names: ReadonlySet<string>): T {
    const shown = Object.entries(value).map(([name, item]) => [
      name,
      names.has(name) ? this.#walk(item, []) : item,
    ]);
    return Object.fromEntries(shown) as T;
  }

  /** True where a filter's field would tell what is hidden, by being asked often enough. */
  hides(field: string): boolean {
    const [root = "", ...path] = field.split(".").map(plainName);
    if (!isRoot(root)) return false;
    return (
      path.some((name) => this.#names.has(name)) || this.#paths.some((rule) => begins(rule, [root, ...path]))
    );
  }

  #told<T extends MessageRecord | DeadLetter | DelayedMessage>(item: T): T {
    const attempts = item.attempts.map((attempt) => this.value(attempt, new Set(["error"])));
    return { ...item, envelope: this.envelope(item.envelope), attempts };
  }

  #from(root: string, value: unknown): unknown {
    return this.#walk(
      value,
      this.#paths.filter(([first]) => first === root).map((path) => path.slice(1)),
    );
  }

  /** `paths` are those that may still end below this value. */
  #walk(value: unknown, paths: readonly Path[]): unknown {
    if (typeof value === "string") return this.text(value);
    if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
    if (Array.isArray(value))
      return sameOr(
        value,
        value.map((item, at) => this.#item(String(at), item, paths)),
      );
    const entries = Object.entries(value);
    const shown = entries.map(([name, item]) => this.#item(name, item, paths));
    if (entries.every(([, item], at) => item === shown[at])) return value;
    return Object.fromEntries(entries.map(([name], at) => [name, shown[at]]));
  }

  #item(name: string, item: unknown, paths: readonly Path[]): unknown {
    const wanted = this.#plainName(name);
    const left = paths.length === 0 ? paths : this.#left(wanted, paths);
    const isHidden = this.#names.has(wanted) || left.some(({ length }) => length === 0);
    return isHidden && item !== null && item !== undefined ? HIDDEN : this.#walk(item, left);
  }

  /** What is left of the paths that go on with this name. */
  #left(wanted: string, paths: readonly Path[]): readonly Path[] {
    return paths.filter(([first]) => first === wanted || first === "*").map((path) => path.slice(1));
  }

  #plainName(name: string): string {
    const known = this.#plain.get(name);
    if (known !== undefined) return known;
    const plain = plainName(name);
    if (this.#plain.size < MOST_NAMES && name.length <= 64) this.#plain.set(name, plain);
    return plain;
  }
}

/** What a hub is told to hide: nothing, or the usual names, secrets inside of texts, and these. */
export function toRedaction(hide: readonly string[] | false = []): Redaction {
  return new Redaction(hide === false ? [] : [...usual, ...hide]);
}

/** True where somebody took over what was hidden from them: it is not to be sent. */
export function holdsHidden(value: unknown): boolean {
  return JSON.stringify(value)?.includes(HIDDEN) ?? false;
}

function sameOr(before: readonly unknown[], after: readonly unknown[]): readonly unknown[] {
  return after.every((item, at) => item === before[at]) ? before : after;
}

/** True where a path lies at or below a rule. */
function begins(rule: Path, path: Path): boolean {
  return rule.length <= path.length && rule.every((name, at) => name === "*" || name === path[at]);
}
