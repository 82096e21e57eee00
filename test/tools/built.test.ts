// When the package is compiled: never without need, always when a source is newer.
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ensureBuilt, SOURCES } from "../../tools/built.ts";
import { PROJECT_DIR } from "../../tools/project.ts";
import { createProgress, withLock } from "../../tools/support/index.ts";

const progress = createProgress({ log: () => {} });
let folder: string;
const source = () => path.join(folder, "lakebase", "rules", "names.ts");
const compilations = async () => Number(await fs.readFile(path.join(folder, "count"), "utf8").catch(() => 0));

// Counts its calls and, like the real one, leaves a stamp only where there is none yet.
const COMPILER = `
const fs = require("node:fs");
fs.writeFileSync("count", String(Number(fs.existsSync("count") && fs.readFileSync("count")) + 1));
if (fs.existsSync("broken")) { console.log("names.ts(1,1): error TS1005: ';' expected."); process.exit(2); }
fs.mkdirSync("dist", { recursive: true });
if (!fs.existsSync("dist/.tsbuildinfo")) fs.writeFileSync("dist/.tsbuildinfo", "");
`;

beforeEach(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "pulumi-lakebase-built-"));
  for (const needed of [...SOURCES, "lakebase/rules", "node_modules/typescript/bin"])
    await fs.mkdir(path.join(folder, needed), { recursive: true });
  await fs.writeFile(path.join(folder, "node_modules/typescript/bin/tsc"), COMPILER);
  await fs.writeFile(source(), "export const a = 1;");
  await setAge(source(), 60);
});
afterEach(() => fs.rm(folder, { recursive: true, force: true }));

async function setAge(file: string, seconds: number): Promise<void> {
  const time = new Date(Date.now() - seconds * 1000);
  await fs.utimes(file, time, time);
}

test("it is compiled when dist/ is missing, then left alone", async () => {
  await ensureBuilt(progress, { projectDir: folder });
  await ensureBuilt(progress, { projectDir: folder });
  expect(await compilations()).toBe(1);
});

test("a newer source is compiled, once, even where the compiler leaves its stamp alone", async () => {
  await ensureBuilt(progress, { projectDir: folder });
  await setAge(path.join(folder, "dist/.tsbuildinfo"), 30);
  await setAge(source(), 10);
  await ensureBuilt(progress, { projectDir: folder });
  await ensureBuilt(progress, { projectDir: folder });
  expect(await compilations()).toBe(2);
});

test("two at once compile once", async () => {
  await Promise.all([
    ensureBuilt(progress, { projectDir: folder }),
    ensureBuilt(progress, { projectDir: folder }),
  ]);
  expect(await compilations()).toBe(1);
});

test("the wait for another compilation ends with the signal", async () => {
  const interruption = new AbortController();
  await withLock(
    path.join(folder, ".cache/build"),
    () => {},
    async () => {
      const waiting = ensureBuilt(progress, { projectDir: folder, signal: interruption.signal });
      interruption.abort();
      await expect(waiting).rejects.toThrow("aborted");
    },
  );
  expect(await compilations()).toBe(0);
});

test("what the compiler says is the error", async () => {
  await fs.writeFile(path.join(folder, "broken"), "");
  await expect(ensureBuilt(progress, { projectDir: folder })).rejects.toThrow(
    "`npm run build` ended with code 2: names.ts(1,1): error TS1005: ';' expected.",
  );
});

test("a change in any folder that is compiled is noticed", async () => {
  const text = await fs.readFile(path.join(PROJECT_DIR, "tsconfig.build.json"), "utf8");
  const compiled = [...text.matchAll(/"(\w+)\/\*\*\/\*\.ts"/g)].map(([, name]) => name);
  expect(compiled.toSorted()).toEqual(SOURCES.toSorted());
});
