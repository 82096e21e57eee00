// What those see who follow a table while rows are appended to it: whole commits, each in a version of its own.
import { once } from "node:events";
import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, expect, test } from "vitest";
import { appendRows } from "../../../tools/lakehouse/append-rows.ts";
import { PROJECT_DIR } from "../../../tools/project.ts";

const row = { day: "2026-07-01", region: "EMEA", orders: 1, revenue: "1.00" };
const writers = [1, 2, 3, 4];
const turns = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
let table: string;
const log = () => join(table, "_delta_log");

beforeEach(async () => {
  table = await mkdtemp(join(tmpdir(), "lakebase-append-"));
  await cp(join(PROJECT_DIR, "examples/lakehouse/main/gold/daily_revenue"), table, { recursive: true });
});
afterEach(() => rm(table, { recursive: true, force: true }));

// Reads each commit at the very moment at which it is there.
const FOLLOWER = `
const { readFileSync } = require("node:fs");
const { parentPort, workerData: { log, first, end } } = require("node:worker_threads");
const halves = [];
parentPort.postMessage("following");
for (let version = first; version < end; ) {
  let text;
  try { text = readFileSync(log + "/" + String(version).padStart(20, "0") + ".json", "utf8"); } catch { continue; }
  if (text.trimEnd().endsWith("}")) version += 1;
  else halves.push(version);
}
parentPort.postMessage(halves);
`;

test("a commit is never seen in part, and several at once get versions of their own", async () => {
  const before = (await readdir(log())).length;
  const end = before + writers.length * turns.length;
  const workerData = { log: log(), first: before, end };
  const follower = new Worker(FOLLOWER, { eval: true, workerData });
  try {
    await once(follower, "message");
    const halves = once(follower, "message");
    const append = async () => {
      const made: number[] = [];
      for (const _ of turns) made.push(await appendRows(table, [row]));
      return made;
    };
    const versions = (await Promise.all(writers.map(append))).flat();
    expect((await halves)[0]).toEqual([]);
    expect(versions.sort((a, b) => a - b)).toEqual(
      Array.from({ length: end - before }, (_, at) => before + at),
    );
  } finally {
    await follower.terminate();
  }
  // One file for each commit, and nothing else stays.
  expect(await readdir(log())).toHaveLength(end);
});
