// Both text files must have the same keys, and the source must use each of them and no other.
// A key in quotes uses it; `word("kind", value)` uses all that begin with `kind.`, and so does `kind="kind"`.
import { readFile, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const src = join(dirname(fileURLToPath(import.meta.url)), "src");
const read = async (name) => JSON.parse(await readFile(join(src, "text", name), "utf8"));
const en = await read("en.json");
const el = await read("el.json");
const trouble = [];

for (const key of Object.keys(en)) if (!(key in el)) trouble.push(`el.json lacks "${key}"`);
for (const key of Object.keys(el)) if (!(key in en)) trouble.push(`en.json lacks "${key}"`);
const holes = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort().join();
for (const key of Object.keys(en))
  if (key in el && holes(en[key]) !== holes(el[key])) trouble.push(`"${key}" has other {words} in the two files`);

const used = new Set();
const kinds = new Set();
for (const name of await readdir(src, { recursive: true })) {
  if (!/\.tsx?$/.test(name)) continue;
  const text = await readFile(join(src, name), "utf8");
  for (const [, key] of text.matchAll(/"([a-z][\w-]*\.[\w.-]+)"/g)) if (key in en) used.add(key);
  for (const [, key] of text.matchAll(/\bt\(\s*"([^"]+)"/g))
    if (!(key in en)) trouble.push(`${name}: no text has the key "${key}"`);
  for (const [, kind] of text.matchAll(/\bword\(\s*"([^"]+)"/g)) kinds.add(kind + ".");
  for (const [, kind] of text.matchAll(/<(?:Badge|CountList)[^>]*?\bkind="([^"]+)"/g)) kinds.add(kind + ".");
}
for (const key of Object.keys(en))
  if (!used.has(key) && ![...kinds].some((kind) => key.startsWith(kind))) trouble.push(`nothing uses "${key}"`);
for (const kind of kinds)
  if (!Object.keys(en).some((key) => key.startsWith(kind))) trouble.push(`no text begins with "${kind}"`);

for (const line of trouble) console.error(line);
if (trouble.length > 0) process.exit(1);
console.log(`${Object.keys(en).length} texts in both languages, all used`);
