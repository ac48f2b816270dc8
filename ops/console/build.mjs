// npm run build -- --outdir=DIR: writes index.html, main.js and main.css into DIR, and nothing else.
import { build } from "esbuild";
import { copyFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const asked = process.argv.find((each) => each.startsWith("--outdir="));
const outdir = asked ? asked.slice("--outdir=".length) : join(here, "dist");

await mkdir(outdir, { recursive: true });
await build({
  entryPoints: { main: join(here, "src/main.tsx") },
  outdir,
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
});
await copyFile(join(here, "src/index.html"), join(outdir, "index.html"));
