// The chaos suite itself, at its smallest: a clean run, and one that is interrupted; neither leaves anything behind.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Plan } from "../../chaos/plan.ts";
import { runPlan } from "../../chaos/run.ts";
import { processesOf } from "../../chaos/world/processes.ts";

/** A net against hangs. */
const patience = 300_000;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "chaos-test-"));
  await mkdir(join(folder, "t"));
  vi.stubEnv("TMPDIR", join(folder, "t"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

const expectNothingLeft = async (): Promise<void> => {
  // This process has the folder in its own environment, and is not counted.
  const left = (await processesOf(join(folder, "t"))).map(({ command }) => command);
  expect(left).toEqual([]);
  expect((await readdir(join(folder, "t"))).filter((name) => /chaos|sockets/.test(name))).toEqual([]);
};

test("a few faults on a simulated day: everything holds", { timeout: patience }, async () => {
  const plan: Plan = {
    seed: 1,
    interrupted: "billing",
    actions: [
      { minutesBefore: 200, action: { kind: "kill-workspace" } },
      { minutesBefore: 200, action: { kind: "kill-postgres", stack: "orders" } },
      { minutesBefore: 100, action: { kind: "dns", dns: "system-fails" } },
      { minutesBefore: 100, action: { kind: "rotate-certificate" } },
      { minutesBefore: 100, action: { kind: "revoke-tokens" } },
      { minutesBefore: 600, action: { kind: "kill-app", app: "a" } },
      { minutesBefore: 60, action: { kind: "calm" } },
    ],
  };
  const lines: string[] = [];
  const run = await runPlan({ plan, log: (line) => lines.push(line), signal: new AbortController().signal });
  expect(run, run.message).toMatchObject({ seed: 1, end: "clean", workspaceStarts: 2, appStarts: 3 });
  // Four pools, an hour for each token, nearly a day.
  expect(run.rotations).toBeGreaterThan(40);
  expect(run.acknowledged).toBeGreaterThan(10);
  expect(run.ups.killed + run.ups.succeeded).toBeGreaterThanOrEqual(4);
  expect(lines).toHaveLength(plan.actions.length + 2);
  await expectNothingLeft();
});

test("a run whose workspace does not start is told as broken, as the others are", async () => {
  vi.stubEnv("TMPDIR", join(folder, "not there"));
  const plan: Plan = { seed: 7, interrupted: "billing", actions: [] };
  const run = await runPlan({ plan, log: () => {}, signal: new AbortController().signal });
  expect(run).toMatchObject({ seed: 7, end: "broken", workspaceStarts: 0, previews: 0 });
  expect(run.message).toContain("ENOENT");
});

test("Ctrl-C ends and removes everything", { timeout: patience }, async () => {
  const program = join(import.meta.dirname, "../../chaos/main.ts");
  const child = spawn(process.execPath, [program, "--minutes", "1"], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const closed = once(child, "close");
  try {
    await vi.waitUntil(() => output.includes("seed 1:"), { timeout: patience });
    child.kill("SIGINT");
    expect((await closed)[0], output).toBe(130);
  } finally {
    child.kill("SIGKILL");
  }
  await expectNothingLeft();
});
