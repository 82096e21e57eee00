// What `--keep` has noted, when the workspace it noted is not there any more.
import { spawn } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { keep, stopKept } from "../../../tools/demo/kept.ts";
import { closedSite } from "../support/site.ts";

test("a process that has the kept workspace's id by now is left alone", async () => {
  const temporary = await fs.mkdtemp(path.join(os.tmpdir(), "pulumi-lakebase-kept-"));
  const stranger = spawn(process.execPath, ["-e", "setInterval(() => {}, 60_000)"], { stdio: "ignore" });
  const ended = new Promise((resolve) => stranger.on("exit", (_, signal) => resolve(signal)));
  try {
    const [folder, note] = [path.join(temporary, "demo"), path.join(temporary, "kept.json")];
    await fs.mkdir(folder);
    await keep(folder, {}, note);
    const ready = { apiUrl: await closedSite(), token: "dapi", pid: stranger.pid };
    await fs.writeFile(path.join(folder, "ready.json"), JSON.stringify(ready));
    expect(await stopKept(note)).toBe(folder);
    expect(await fs.readdir(temporary)).toEqual([]);
  } finally {
    stranger.kill("SIGKILL");
    // Not SIGTERM: nobody else has ended it.
    expect(await ended).toBe("SIGKILL");
    await fs.rm(temporary, { recursive: true, force: true });
  }
});
