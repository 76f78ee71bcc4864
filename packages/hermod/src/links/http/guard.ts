/**
 * Guard: which addresses a POST may go to. Whoever can name a URL must not reach what only this machine can reach: itself, its
 * private network, its cloud's metadata. All ways to write an address (decimal, octal, hex) are one to `new URL`, so that only
 * what it makes of a host is looked at; a name counts by all the addresses that it has.
 */
import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { HermodError } from "../../core/errors.ts";
import { hostOf } from "./host.ts";

/** One address that may be connected to. */
export interface IpAddress {
  readonly address: string;
  readonly family: number;
}

export type Addresses = readonly [IpAddress, ...IpAddress[]];

/** All addresses of a name. */
export type Resolve = (host: string) => Promise<readonly IpAddress[]>;

/** By the machine's own resolver. */
export const namesOf: Resolve = (host) => lookup(host, { all: true });

/** The addresses of this machine. Also by a public one it reaches what listens for itself alone, past the walls that others meet. */
export function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
}

/** Of IPv4, what is not of the public internet (the IANA registry of special-purpose addresses, multicast, and what is reserved). */
const special4 = [
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"],
  ...["192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"],
  ...["198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"],
  // Of the public internet, but inside of Azure what speaks for the machine itself.
  "168.63.129.16/32",
];

/** Of IPv6, what is given out as public, and addresses of IPv4 behind a translator (NAT64). All else is private, local, mapped or unknown. */
const public6 = ["2000::/3", "64:ff9b::/96"];

/** Of those, what is special after all: Teredo and its neighbours, documentation, and 6to4, which hides an IPv4 address. */
const special6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

const special = new BlockList();
const known6 = new BlockList();
for (const [net, bits] of special4.map(parsed)) close4(special, net, bits);
for (const [net, bits] of special6.map(parsed)) special.addSubnet(net, bits, "ipv6");
for (const [net, bits] of public6.map(parsed)) known6.addSubnet(net, bits, "ipv6");

/** As it is, and behind a translator. */
function close4(list: BlockList, net: string, bits: number): void {
  list.addSubnet(net, bits, "ipv4");
  list.addSubnet(`64:ff9b::${net}`, 96 + bits, "ipv6");
}

function parsed(subnet: string): readonly [net: string, bits: number] {
  const [net = "", bits] = subnet.split("/");
  return [net, Number(bits)];
}

/** True for an address of the public internet; false for any other, and for what is no address. */
export function isPublic(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !special.check(address, "ipv4");
    case 6:
      // An address with a zone is of this machine's own links.
      return !address.includes("%") && known6.check(address, "ipv6") && !special.check(address, "ipv6");
    default:
      return false;
  }
}

function listOf(addresses: readonly string[]): BlockList {
  const list = new BlockList();
  for (const [address = ""] of addresses.map((each) => each.split("%"))) {
    if (isIP(address) === 4) close4(list, address, 32);
    else if (isIP(address) === 6) list.addAddress(address, "ipv6");
  }
  return list;
}

/**
 * The addresses of the URL's host, all of which are public and another machine's, unless the host is one of those that may be private.
 * @throws HermodError HERMOD_HTTP_BLOCKED, or the resolver's own error.
 */
export async function checkedAddresses(
  url: URL,
  allow: ReadonlySet<string>,
  resolve: Resolve,
  own = ownAddresses,
): Promise<Addresses> {
  const host = hostOf(url);
  const literal = isIP(host);
  const found = literal === 0 ? await resolve(host) : [{ address: host, family: literal }];
  const mayGo = allow.has(host) || areOthers(found, listOf(own()));
  const [first, ...more] = found;
  if (!mayGo || first === undefined) throw blocked(host);
  return [first, ...more];
}

function areOthers(found: readonly IpAddress[], own: BlockList): boolean {
  return found.every(
    ({ address }) => isPublic(address) && !own.check(address, isIP(address) === 6 ? "ipv6" : "ipv4"),
  );
}

/** What a private name stands for is not said: whoever gave the URL may read the error. */
function blocked(host: string): HermodError {
  return new HermodError(
    "HERMOD_HTTP_BLOCKED",
    `nothing is sent to ${host}: it is not of the public internet, or is this machine`,
    {
      details: { host },
    },
  );
}
