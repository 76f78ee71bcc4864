/**
 * Cluster: a store that is no file but a NATS cluster, named by one address: nats://host:4222?namespace=shop, or several with commas between.
 * Its package is an optional peer, loaded when it is wanted.
 */
import { HermodError, type OpenStore } from "hermod";
import type * as Library from "hermod/nats";
import type { NatsDescription, NatsOptions } from "hermod/nats";
import { Usage } from "./problem.ts";

/** Whether the place of a store is a cluster; otherwise it is a file. */
export function isCluster(store: string): boolean {
  return /^(nats|tls):\/\//iu.test(store);
}

/** The options that an address stands for. @throws Usage. */
export function clusterOf(store: string): NatsOptions {
  const parts = store.split(",").map((each) => toUrl(each.trim(), store));
  const last = parts.at(-1) as URL;
  const user = parts.find(({ username }) => username !== "");
  if (parts.some(({ username, password }) => username === "" && password !== ""))
    throw wrong(store, "has a password without a user");
  if (parts.some((each) => each !== last && each.search !== ""))
    throw wrong(store, "has its options behind the last server");
  return {
    servers: parts.map(({ protocol, host }) => `${protocol}//${host}`),
    ...(user && credentialsOf(user)),
    ...(parts.some(({ protocol }) => protocol === "tls:") && { tls: {} }),
    ...queryOf(last.searchParams),
  };
}

/** The address without what nobody is to see. */
export function shownStore(store: string): string {
  if (!isCluster(store)) return store;
  return store
    .split(",")
    .map((each) => each.replace(/^(\s*(?:[a-z]+:\/\/)?)[^?]*@/iu, "$1***@"))
    .join(",");
}

/** Opens the cluster's store. @throws Usage, HermodError HERMOD_UNSUPPORTED where its packages are not installed. */
export async function openCluster(store: string): Promise<OpenStore> {
  const options = clusterOf(store);
  return (await library()).nats(options);
}

/** What stands there. @throws as `openCluster`, and as the cluster says. */
export async function lookAtCluster(store: string): Promise<NatsDescription> {
  const options = clusterOf(store);
  return (await library()).describe(options);
}

/** @throws HermodError HERMOD_UNSUPPORTED where the packages of `hermod/nats` are not installed. */
export async function library(
  load: () => Promise<typeof Library> = () => import("hermod/nats"),
): Promise<typeof Library> {
  try {
    return await load();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new HermodError(
      "HERMOD_UNSUPPORTED",
      "a store at a NATS cluster needs packages that are not installed",
      {
        hint: "Install them: npm install @nats-io/transport-node@3 @nats-io/jetstream@3 @nats-io/kv@3",
        cause,
      },
    );
  }
}

function toUrl(address: string, store: string): URL {
  const url = URL.parse(address.includes("://") ? address : `nats://${address}`);
  const isOne = url !== null && /^(nats|tls):$/u.test(url.protocol) && url.host !== "";
  if (isOne && /^\/?$/u.test(url.pathname) && url.hash === "") return url;
  throw wrong(store, "is not one");
}

/** A name alone is a token, as other clients of NATS have it. */
function credentialsOf({ username, password }: URL): Pick<NatsOptions, "user" | "pass" | "token"> {
  const user = decodeURIComponent(username);
  return password === "" ? { token: user } : { user, pass: decodeURIComponent(password) };
}

const numbers = ["replicas", "journalBytes"] as const;
const texts = ["namespace", "lease", "folder"] as const;

function queryOf(query: URLSearchParams): Partial<NatsOptions> {
  const known: readonly string[] = [...numbers, ...texts];
  const strange = [...query.keys()].find((each) => !known.includes(each));
  if (strange !== undefined)
    throw new Usage(`a NATS address has no ${JSON.stringify(strange)}`, `It may have: ${known.join(", ")}.`);
  return Object.fromEntries(
    [...query].map(([name, value]) => [name, numbers.some((each) => each === name) ? Number(value) : value]),
  );
}

/** Where an address is none, nobody knows where its password ends: at the last "@" at the latest. */
function wrong(store: string, why: string): Usage {
  const shown = store.replace(/(^|:\/\/).*@/su, "$1***@");
  return new Usage(
    `the address of a NATS cluster ${why}: ${JSON.stringify(shown)}`,
    "Such as nats://127.0.0.1:4222?namespace=shop; with several servers nats://a:4222,b:4222.",
  );
}
