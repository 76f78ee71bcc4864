/** Certificates for tests: an authority, a server of the name "localhost" and a client that it vouches for, made by `openssl` in a folder of their own. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Why they cannot be made here; undefined where they can. */
export const missing: string | undefined = (() => {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "openssl is not on the PATH";
  }
})();

export class Certificates {
  readonly #folder = mkdtempSync(join(tmpdir(), "hermod-certificates-"));

  constructor() {
    this.#make("ca");
    for (const name of ["server", "client"])
      this.#make(name, [
        ...["-CA", this.path("ca.pem"), "-CAkey", this.path("ca.key")],
        ...["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"],
      ]);
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }

  #make(name: string, more: readonly string[] = []): void {
    execFileSync(
      "openssl",
      [
        ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"],
        ...[
          "-subj",
          `/CN=${name}`,
          "-keyout",
          this.path(`${name}.key`),
          "-out",
          this.path(`${name}.pem`),
          ...more,
        ],
      ],
      { stdio: "ignore" },
    );
  }
}
