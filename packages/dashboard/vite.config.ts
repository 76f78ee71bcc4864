import tailwind from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** The hub that `npm run dev -w @hermod/dashboard` shows; it is asked under its own name, since it heeds no other. */
const hub = process.env["HERMOD_URL"] ?? "http://localhost:4700";

export default defineConfig({
  plugins: [react(), tailwind()],
  build: {
    outDir: "../hub/dist/dashboard",
    emptyOutDir: true,
    target: "es2024",
    // Nothing is inline: the page's policy forbids it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  // What is tested there is pure: one process loads it once for all.
  test: { include: ["src/**/*.spec.ts"], isolate: false },
  server: {
    proxy: { "/v1": { target: hub, changeOrigin: true, ws: true, headers: { origin: hub } } },
  },
});
