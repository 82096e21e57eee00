// The lock of a data folder: held by the living, taken over from the dead.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { takeLock } from "../../../local/postgres/host-lock.ts";
import { temporaryFolder } from "./support.ts";

test("a holder that lives keeps the lock", async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "lock");
  expect(await takeLock(file, "/tmp/mine")).toBeUndefined();
  await expect(takeLock(file, "/tmp/other")).rejects.toThrow(
    `the data folder is in use by the local workspace with process id ${process.pid}`,
  );
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ temporaryFolder: "/tmp/mine" });
  expect(readdirSync(folder.path)).toEqual(["lock"]);
});

test.each([
  ["that is gone", 2 ** 22 + 1],
  ["whose process id is another program's now", process.pid],
])("from a holder %s the lock is taken over, with what it left", async (_, pid) => {
  using folder = temporaryFolder();
  const file = join(folder.path, "lock");
  writeFileSync(file, JSON.stringify({ pid, started: "long ago", temporaryFolder: "/tmp/left" }));
  expect(await takeLock(file, "/tmp/mine")).toBe("/tmp/left");
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
    pid: process.pid,
    temporaryFolder: "/tmp/mine",
  });
});

test("of many at once one gets a free lock", async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "lock");
  const results = await Promise.allSettled(Array.from({ length: 5 }, (_, n) => takeLock(file, `/tmp/${n}`)));
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});
