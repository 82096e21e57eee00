// What `--keep` has noted: replaced by the next, and when the workspace it noted is not there any more.
import { spawn } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { keep, stopKept } from "../../../tools/demo/kept.ts";
import { closedSite } from "../support/site.ts";

let temporary: string;
const note = () => path.join(temporary, "kept.json");
beforeEach(async () => {
  temporary = await fs.mkdtemp(path.join(os.tmpdir(), "pulumi-lakebase-kept-"));
});
afterEach(() => fs.rm(temporary, { recursive: true, force: true }));

test("what was kept before is removed when another one takes its place, also one of a demo at the same time", async () => {
  const [first, second] = [path.join(temporary, "first"), path.join(temporary, "second")];
  for (const folder of [first, second]) {
    await fs.mkdir(folder);
    await keep(folder, {}, note());
  }
  expect((await fs.readdir(temporary)).sort()).toEqual(["kept.json", "second"]);
  expect(await stopKept(note())).toBe(second);
});

test("a process that has the kept workspace's id by now is left alone", async () => {
  const stranger = spawn(process.execPath, ["-e", "setInterval(() => {}, 60_000)"], { stdio: "ignore" });
  const ended = new Promise((resolve) => stranger.on("exit", (_, signal) => resolve(signal)));
  try {
    const folder = path.join(temporary, "demo");
    await fs.mkdir(folder);
    await keep(folder, {}, note());
    const ready = { apiUrl: await closedSite(), token: "dapi", pid: stranger.pid };
    await fs.writeFile(path.join(folder, "ready.json"), JSON.stringify(ready));
    expect(await stopKept(note())).toBe(folder);
    expect(await fs.readdir(temporary)).toEqual([]);
  } finally {
    stranger.kill("SIGKILL");
    // Not SIGTERM: nobody else has ended it.
    expect(await ended).toBe("SIGKILL");
  }
});
