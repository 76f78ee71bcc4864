/** Hidden: what must not be shown of a link, and what may be. An endpoint repeats what it was sent, and not always as it came. */

/** Shorter values are in every text, and no secrets. */
const SHORTEST_SECRET = 4;

/** Values of the user's headers and of the URL's query, whole and in parts. */
export function secretsOf(url: URL, headers: Readonly<Record<string, string>>): readonly string[] {
  return inAllForms([...Object.values(headers).flatMap(partsOf), url.search, ...asked(url)]);
}

/** All of the URL but its origin. */
export function secretsIn(url: URL): readonly string[] {
  const { href, pathname, search } = url;
  const steps = pathname.split("/").flatMap((step) => [step, decoded(step)]);
  return inAllForms([href, pathname + search, pathname, search, ...steps, ...asked(url)]);
}

/** Where it is, without what may be a key. */
export function shownUrl({ origin, pathname }: URL): string {
  return origin + pathname;
}

/** What follows a scheme, a name or a comma is a secret by itself; of a name and password also the password. */
function partsOf(value: string): readonly string[] {
  const pair = /^basic (.*)$/i.test(value) ? fromBase64(value.slice(6).trim()) : "";
  return [value, ...value.split(/[\s,;="]+/), pair, pair.slice(pair.indexOf(":") + 1)];
}

/** The values of a query, as they stand there and as they are meant. */
function asked({ search, searchParams }: URL): readonly string[] {
  const raw = search.slice(1).split("&");
  return [...raw.map((pair) => pair.slice(pair.indexOf("=") + 1)), ...searchParams.values()];
}

/** As they are, in a URL and in JSON; the longest first, so that no part stands for the whole. */
function inAllForms(values: readonly string[]): readonly string[] {
  const forms = values.flatMap((value) => [
    value,
    encodeURIComponent(value.toWellFormed()),
    JSON.stringify(value).slice(1, -1),
  ]);
  return [...new Set(forms)]
    .filter((form) => form.length >= SHORTEST_SECRET)
    .sort((a, b) => b.length - a.length);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function fromBase64(text: string): string {
  try {
    return atob(text);
  } catch {
    return "";
  }
}
