// A bench that is interrupted leaves no folder and no process behind.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";

const patience = { timeout: 120_000 };

test("Ctrl-C ends and removes everything", patience, async () => {
  const folder = await mkdtemp(join(tmpdir(), "bench-test-"));
  const program = join(import.meta.dirname, "../../bench/main.ts");
  const env = { ...process.env, TMPDIR: folder };
  const child = spawn(process.execPath, [program, "gateway", "--quick"], { env, stdio: "ignore" });
  const closed = once(child, "close");
  const readyFile = async () =>
    (await readdir(folder, { recursive: true })).find((name) => /ready.json$/.test(name));
  try {
    // What is listed may be gone by the time it is looked into.
    await vi.waitUntil(() => readyFile().catch(() => undefined), patience);
    const { pid } = JSON.parse(await readFile(join(folder, String(await readyFile())), "utf8")) as {
      pid: number;
    };
    child.kill("SIGINT");
    expect((await closed)[0]).toBe(1);
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    expect(await readdir(folder)).toEqual([]);
  } finally {
    child.kill("SIGKILL");
    await rm(folder, { recursive: true, force: true });
  }
});
