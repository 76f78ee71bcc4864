/** Credentials: by what the servers know this process, and it knows them. None of it is ever shown. */
import { HermodError } from "../core/errors.ts";
import { aText, checkOptions, isText } from "../core/options.ts";

/** Certificates in PEM, each as text or as the path of its file. */
export interface NatsTls {
  /** Who vouches for the servers; default the authorities that Node knows. */
  readonly ca?: string;
  readonly caFile?: string;
  /** By which the servers know this process, where they ask for one; default none. */
  readonly cert?: string;
  readonly certFile?: string;
  readonly key?: string;
  readonly keyFile?: string;
}

/** A user, a token, or nobody. */
export interface Credentials {
  readonly user: string | undefined;
  readonly pass: string | undefined;
  readonly token: string | undefined;
}

/** Most characters of PEM text: a chain of many certificates. */
const MOST_PEM = 64 * 1024;
const pems = ["ca", "cert", "key"] as const;
const files = ["caFile", "certFile", "keyFile"] as const;

/** @throws HermodError HERMOD_BAD_OPTION naming the option. */
export function toCredentials(options: Partial<Credentials>): Credentials {
  const { user, pass, token } = options;
  if (user !== undefined) aText("nats.user", user);
  for (const [name, value] of Object.entries({ pass, token }))
    if (value !== undefined) checkSecret(name, value);
  if (pass !== undefined && user === undefined)
    throw refused("nats.pass is given without nats.user", "Give both, or nats.token alone.");
  if (token !== undefined && user !== undefined)
    throw refused("nats.token is given with nats.user", "A server knows one or the other: give one.");
  return { user, pass, token };
}

/** @throws HermodError HERMOD_BAD_OPTION naming the option. */
export function toTls(tls: NatsTls): NatsTls {
  checkOptions("nats.tls", tls, [...pems, ...files]);
  for (const name of pems) if (Object.hasOwn(tls, name)) checkPem(name, tls[name]);
  for (const name of files) if (Object.hasOwn(tls, name)) aText(`nats.tls.${name}`, tls[name]);
  for (const name of pems) checkOnce(tls, name);
  checkPair(tls, "cert", "key");
  checkPair(tls, "key", "cert");
  return { ...tls };
}

function checkSecret(name: string, value: unknown): void {
  if (isText(value)) return;
  throw refused(
    `nats.${name} must be text of 1 to 512 characters without control characters, got ${kindOf(value)}`,
  );
}

function checkPem(name: string, value: unknown): void {
  if (typeof value === "string" && value.length <= MOST_PEM && value.includes("-----BEGIN ")) return;
  throw refused(
    `nats.tls.${name} must be PEM text of at most ${MOST_PEM} characters, got ${kindOf(value)}`,
    `It has a line with "-----BEGIN"; the path of a file is given as nats.tls.${name}File.`,
  );
}

function checkOnce(tls: NatsTls, name: (typeof pems)[number]): void {
  if (tls[name] === undefined || tls[`${name}File`] === undefined) return;
  throw refused(`nats.tls.${name} and nats.tls.${name}File are both given`, "Give the text or the path.");
}

function checkPair(tls: NatsTls, has: "cert" | "key", wants: "cert" | "key"): void {
  const given = tls[has] === undefined ? tls[`${has}File`] && `${has}File` : has;
  if (given === undefined || tls[wants] !== undefined || tls[`${wants}File`] !== undefined) return;
  throw refused(
    `nats.tls.${given} is given without nats.tls.${wants} or nats.tls.${wants}File`,
    "A certificate and its key are of use together alone.",
  );
}

function refused(message: string, hint?: string): HermodError {
  return new HermodError("HERMOD_BAD_OPTION", message, hint === undefined ? {} : { hint });
}

/** What it is, not what it says. */
function kindOf(value: unknown): string {
  if (typeof value === "string") return `other text of ${value.length} characters`;
  return value === null ? "null" : typeof value;
}
