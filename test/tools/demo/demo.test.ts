// The whole demo on the real engine: kept and stopped again, interrupted, and without a secret anywhere.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { stopKept } from "../../../tools/demo/index.ts";
import { findEngine } from "../../../tools/engine/index.ts";
import { PROJECT_DIR } from "../../../tools/project.ts";
import { until } from "../support/machine.ts";

const ENGINE_LIMIT = 20 * 60_000;
const DEMO_LIMIT = 5 * 60_000;
let temporary: string;
let children: ChildProcess[];
const note = () => path.join(temporary, "kept.json");

beforeAll(() => findEngine(), ENGINE_LIMIT);
beforeEach(async () => {
  children = [];
  temporary = await fs.mkdtemp(path.join(os.tmpdir(), "pulumi-lakebase-demo-test-"));
});
afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  await stopKept(note());
  await fs.rm(temporary, { recursive: true, force: true });
});

function start(...args: string[]) {
  // Its temporary folders are made in ours, so that nothing of it can stay unseen.
  const env = { ...process.env, TMPDIR: temporary };
  const child = spawn(process.execPath, args, { cwd: PROJECT_DIR, env, stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  const demo = {
    child,
    said: "",
    ended: new Promise<number | null>((resolve) => child.on("close", resolve)),
  };
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data) => {
      demo.said += data;
    });
  return demo;
}

function workspacePid(folder: string): Promise<number> {
  return fs.readFile(path.join(folder, "ready.json"), "utf8").then((text) => JSON.parse(text).pid);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function filesWith(folder: string, pattern: RegExp, except: readonly string[]): Promise<string[]> {
  const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries) {
    const file = path.join(entry.parentPath, entry.name);
    const isLinked = !(await fs.realpath(entry.parentPath)).startsWith(await fs.realpath(folder));
    if (!entry.isFile() || isLinked || except.some((known) => file.startsWith(path.join(folder, known))))
      continue;
    if (pattern.test(await fs.readFile(file, "latin1"))) found.push(file);
  }
  return found;
}

test(
  "kept: it tells the whole story, leaves a shell's environment, rests no secret, and is stopped again",
  async () => {
    const demo = start(path.join(PROJECT_DIR, "test/tools/support/demo-process.ts"), note());
    expect(await demo.ended, demo.said).toBe(0);
    expect(demo.said).toMatch(/\+ \d+ to create/);
    expect(demo.said).toMatch(/100 rows written as \S+ on PostgreSQL 16/);
    expect(demo.said).toContain('capacity: "CU_1" => "CU_2"');
    expect(demo.said).toContain("100 rows read");

    const { folder } = JSON.parse(await fs.readFile(note(), "utf8"));
    const pid = await workspacePid(folder);
    expect(isRunning(pid)).toBe(true);
    const { token } = JSON.parse(await fs.readFile(path.join(folder, "ready.json"), "utf8"));
    const secret = new RegExp(`${token}|eyJ[\\w-]{8,}\\.eyJ`);
    expect(demo.said).not.toMatch(secret);
    // The data are the workspace's own; the two files are for the user, and only for him.
    expect(await filesWith(folder, secret, ["data", "ready.json", "environment.sh"])).toEqual([]);
    expect((await fs.stat(path.join(folder, "environment.sh"))).mode & 0o777).toBe(0o600);

    const script = `. '${folder}/environment.sh' && pulumi stack output lakebase --json`;
    const output = JSON.parse(String(execFileSync("/bin/sh", ["-c", script], { cwd: PROJECT_DIR })));
    expect(output).toMatchObject({
      instance: { capacity: "CU_2", memoryGb: 32 },
      verification: { outcome: "verified" },
    });

    expect(await stopKept(note())).toBe(folder);
    expect(isRunning(pid)).toBe(false);
    expect(await fs.readdir(temporary)).toEqual([]);
    expect(await stopKept(note())).toBeUndefined();
  },
  DEMO_LIMIT,
);

test(
  "interrupted in the middle of a deployment: it ends with 130 and leaves neither process nor folder",
  async () => {
    const demo = start(path.join(PROJECT_DIR, "tools/demo.ts"));
    await until("the instance is being created", () => /DatabaseInstance lakebase creating/.test(demo.said));
    const [name = ""] = (await fs.readdir(temporary)).filter((entry) =>
      entry.startsWith("pulumi-lakebase-demo-"),
    );
    const pid = await workspacePid(path.join(temporary, name));
    demo.child.kill("SIGINT");
    expect(await demo.ended, demo.said).toBe(130);
    expect(demo.said).toContain("interrupted: everything has been ended and removed");
    // The deployment itself says what it leaves, and waits for nothing that an interrupted engine does not do.
    expect(demo.said).toMatch(/instance "lakebase-dev" exists in the workspace.*fix: set adoptExisting/);
    expect(isRunning(pid)).toBe(false);
    expect((await fs.readdir(temporary)).filter((entry) => entry.startsWith("pulumi-lakebase-"))).toEqual([]);
  },
  DEMO_LIMIT,
);

test(
  "killed: its local workspace ends by itself",
  async () => {
    const demo = start(path.join(PROJECT_DIR, "tools/demo.ts"));
    await until("the workspace serves", () => /REST API http/.test(demo.said));
    const [name = ""] = (await fs.readdir(temporary)).filter((entry) =>
      entry.startsWith("pulumi-lakebase-demo-"),
    );
    const pid = await workspacePid(path.join(temporary, name));
    demo.child.kill("SIGKILL");
    await until("the workspace is gone", () => !isRunning(pid));
  },
  DEMO_LIMIT,
);
