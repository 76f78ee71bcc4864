/** The guard: every way to write a private address, names that lead to one, and what is let through. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { HermodError } from "../../core/errors.ts";
import { tries } from "../../core/samples.test.kit.ts";
import { checkedAddresses, isPublic, ownAddresses, type IpAddress, type Resolve } from "./guard.ts";
import { hostOf } from "./host.ts";

const none: ReadonlySet<string> = new Set();

/** What becomes of a host in a URL; each name is at these addresses. */
async function judged(
  host: string,
  at: readonly string[] = [],
  allow = none,
  own: () => readonly string[] = () => [],
): Promise<string> {
  const resolve: Resolve = async () =>
    at.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  try {
    const found = await checkedAddresses(new URL(`http://${host}/`), allow, resolve, own);
    return found.map(({ address }) => address).join();
  } catch (error) {
    assert.ok(error instanceof HermodError, String(error));
    assert.ok(!at.some((address) => error.message.includes(address)), "shows what a name stands for");
    return error.code;
  }
}

const blocked = [
  // Loopback, in every way to write it.
  ...["127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "127.0.0.1.", "2130706433", "0x7f000001", "0x7f.1"],
  ...[
    "017700000001",
    "0177.0.0.1",
    "0x7F.0x0.0x0.0x1",
    "00000177.0.0.1",
    "①②⑦.0.0.1",
    "127。0。0。1",
    "%31%32%37.0.0.1",
  ],
  ...[
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:7f00:0001]",
    "[::127.0.0.1]",
  ],
  // No address, this network, everybody.
  ...["0.0.0.0", "0", "0x0", "0.1.2.3", "[::]", "[::ffff:0.0.0.0]", "255.255.255.255", "4294967295"],
  // Private networks.
  ...[
    "10.0.0.1",
    "10.255.255.255",
    "167772161",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "192.168.255.255",
  ],
  ...[
    "0xc0a80001",
    "0300.0250.0.1",
    "[::ffff:10.0.0.1]",
    "[::ffff:c0a8:1]",
    "[fc00::1]",
    "[fd12:3456:789a::1]",
    "[fec0::1]",
  ],
  // Link-local, and the metadata of clouds.
  ...[
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "[::ffff:169.254.169.254]",
    "[fe80::1]",
    "[febf::1]",
    "[fd00:ec2::254]",
    // Alibaba's, and Azure's, which is of the public internet elsewhere.
    ...["100.100.100.200", "168.63.129.16", "[64:ff9b::a83f:8110]"],
  ],
  // Carriers, tests, documentation, relays, multicast, reserved.
  ...[
    "100.64.0.1",
    "100.127.255.254",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.19.255.255",
  ],
  ...["198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "[ff02::1]", "[ff0e::1]"],
  // IPv4 inside of IPv6: translated, tunnelled.
  ...[
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::a00:1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::a00:1]",
    "[2002:7f00:1::1]",
  ],
  ...[
    "[2002:a00:1::]",
    "[2001::1]",
    "[2001:0:7f00:1::]",
    "[2001:db8::1]",
    "[3fff::1]",
    "[100::1]",
    "[5f00::1]",
    "[::8.8.8.8]",
  ],
];

const open = [
  ...[
    "8.8.8.8",
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.1",
    "100.63.255.255",
    "100.128.0.1",
    "126.255.255.255",
    "128.0.0.1",
  ],
  ...[
    "169.253.1.1",
    "172.15.255.255",
    "172.32.0.1",
    "192.167.1.1",
    "192.169.1.1",
    "223.255.255.255",
    "134744072",
  ],
  ...["[2606:4700:4700::1111]", "[2001:4860:4860::8888]", "[2a00:1450::1]", "[64:ff9b::8.8.8.8]"],
];

describe("an address is not posted to:", () => {
  for (const host of blocked) test(host, async () => assert.equal(await judged(host), "HERMOD_HTTP_BLOCKED"));
  test("that is none at all", () => {
    for (const text of [
      "",
      "localhost",
      "1.2.3",
      "1.2.3.4.5",
      "fe80::1%eth0",
      "2606:4700::1%1",
      "::ffff:8.8.8.8",
      " 8.8.8.8",
    ])
      assert.equal(isPublic(text), false, text);
  });
  test("whatever stands in the last bits of a private network", () => {
    const networks: readonly (readonly [number, number])[] = [
      ...([
        [0x0a000000, 24],
        [0x7f000000, 24],
        [0xa9fe0000, 16],
        [0xac100000, 20],
        [0xc0a80000, 16],
        [0xe0000000, 28],
      ] as const),
    ];
    fc.assert(
      fc.property(fc.constantFrom(...networks), fc.nat(2 ** 28), ([net, bits], rest) => {
        const number = net + (rest % 2 ** bits);
        const dotted = hostOf(new URL(`http://${number}/`));
        assert.equal(isPublic(dotted), false);
        assert.equal(isPublic(hostOf(new URL(`http://[::ffff:${dotted}]/`))), false);
        assert.equal(isPublic(hostOf(new URL(`http://[64:ff9b::${dotted}]/`))), false);
      }),
      tries(),
    );
  });
  test("and there are at least 60 of them", () =>
    assert.ok(new Set(blocked).size >= 60, `${blocked.length}`));
});

test("this machine knows its own addresses", () => assert.ok(ownAddresses().includes("127.0.0.1")));

describe("an address is posted to:", () => {
  for (const host of open)
    test(host, async () => assert.equal(await judged(host), hostOf(new URL(`http://${host}/`))));
});

describe("a name", () => {
  test("is where all its addresses are public", async () => {
    assert.equal(await judged("a.example", ["8.8.8.8", "2606:4700::1"]), "8.8.8.8,2606:4700::1");
  });
  test("with one private address among public ones is blocked", async () => {
    for (const at of ["127.0.0.1", "10.0.0.1", "::1", "fd00::1", "169.254.169.254"])
      assert.equal(await judged("a.example", ["8.8.8.8", at]), "HERMOD_HTTP_BLOCKED", at);
  });
  test("without an address is blocked", async () =>
    assert.equal(await judged("a.example"), "HERMOD_HTTP_BLOCKED"));
  test("that is allowed may be private, with or without the dot at its end, and no other name may", async () => {
    const allow = new Set(["internal.example"]);
    assert.equal(await judged("internal.example", ["10.0.0.1"], allow), "10.0.0.1");
    assert.equal(await judged("INTERNAL.example.", ["10.0.0.1"], allow), "10.0.0.1");
    for (const host of ["internal.example.org", "a.internal.example", "nternal.example", "internal-example"])
      assert.equal(await judged(host, ["10.0.0.1"], allow), "HERMOD_HTTP_BLOCKED", host);
  });
  test("that leads back to this machine is blocked, also by an address of the public internet", async () => {
    const own = ["9.9.9.9", "2606:4700:0:0::1", "fe80::1%eth0"];
    const at = async (host: string, ...found: readonly string[]) => judged(host, found, none, () => own);
    assert.equal(await at("a.example", "9.9.9.9"), "HERMOD_HTTP_BLOCKED");
    assert.equal(await at("a.example", "8.8.8.8", "2606:4700::1"), "HERMOD_HTTP_BLOCKED");
    assert.equal(await at("[2606:4700::0:1]"), "HERMOD_HTTP_BLOCKED");
    assert.equal(await at("[64:ff9b::9.9.9.9]"), "HERMOD_HTTP_BLOCKED");
    assert.equal(await at("a.example", "9.9.9.8", "2606:4700::2"), "9.9.9.8,2606:4700::2");
    assert.equal(await judged("a.example", ["9.9.9.9"], new Set(["a.example"]), () => own), "9.9.9.9");
  });
  test("is asked for once: what it becomes later is not connected to", async () => {
    let asked = 0;
    const resolve: Resolve = async (): Promise<readonly IpAddress[]> => [
      { address: asked++ === 0 ? "8.8.8.8" : "127.0.0.1", family: 4 },
    ];
    const found = await checkedAddresses(new URL("http://rebind.example/"), none, resolve);
    assert.deepEqual([found, asked], [[{ address: "8.8.8.8", family: 4 }], 1]);
  });
});
