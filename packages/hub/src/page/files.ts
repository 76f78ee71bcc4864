/** Files: the built dashboard as it is served: from memory, each file compressed once. Whoever may not ask the hub anything gets them too: they are no secret. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";

/** Where the build puts it. */
const folder = join(import.meta.dirname, "../../dist/dashboard");

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json",
};

/** Its own scripts and styles and nothing else: no inline script, nothing from elsewhere, no frame around it. */
const policy = [
  "default-src 'none'",
  ...["script-src", "style-src", "connect-src", "font-src", "worker-src", "manifest-src"].map(
    (source) => `${source} 'self'`,
  ),
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

interface PageFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly zipped: Uint8Array<ArrayBuffer>;
  readonly type: string;
  /** Its name says what is in it. */
  readonly isFixed: boolean;
}

export class PageFiles {
  readonly #files = new Map<string, PageFile>();

  constructor(from = folder) {
    if (!existsSync(from)) return;
    for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const file = join(entry.parentPath, entry.name);
      const name = file.slice(from.length).replaceAll("\\", "/");
      this.#files.set(name, toPageFile(name, readFileSync(file)));
    }
  }

  /** The answer to a request for a file, or for any screen of the page; undefined for what is neither. */
  serve(path: string, headers: Headers): Response | undefined {
    const file = this.#files.get(path) ?? (isScreen(path, headers) ? this.#index() : undefined);
    return file && toResponse(file, headers);
  }

  #index(): PageFile {
    return this.#files.get("/index.html") ?? missing;
  }
}

/** Addresses of screens are the page's own; it finds its way by itself. */
function isScreen(path: string, headers: Headers): boolean {
  const isOther = path.startsWith("/v1/") || path === "/metrics" || path.startsWith("/assets/");
  return path === "/" || (!isOther && (headers.get("accept") ?? "").includes("text/html"));
}

function toPageFile(name: string, bytes: Buffer): PageFile {
  const type = types[extname(name)] ?? "application/octet-stream";
  return {
    bytes: new Uint8Array(bytes),
    zipped: new Uint8Array(gzipSync(bytes, { level: 9 })),
    type,
    isFixed: name.startsWith("/assets/"),
  };
}

const missing = toPageFile(
  "/index.html",
  Buffer.from(
    "<!doctype html><title>Hermod</title><p>The dashboard is not built: npm run build -w @hermod/dashboard",
  ),
);

function toResponse({ bytes, zipped, type, isFixed }: PageFile, headers: Headers): Response {
  const isZipped = (headers.get("accept-encoding") ?? "").includes("gzip");
  return new Response(isZipped ? zipped : bytes, {
    headers: {
      "content-type": type,
      "content-security-policy": policy,
      "cache-control": isFixed ? "public, max-age=31536000, immutable" : "no-cache",
      vary: "accept-encoding",
      ...(isZipped && { "content-encoding": "gzip" }),
    },
  });
}
