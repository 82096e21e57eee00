// Several processes that want an engine at once, and one that is killed while it makes one.
import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createMachine, type Machine, until, workingGo } from "../support/machine.ts";

const PROGRAM = path.join(import.meta.dirname, "../support/find-engine-process.ts");
let machine: Machine;
let children: ChildProcess[];
beforeEach(async () => {
  machine = await createMachine();
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  await machine[Symbol.asyncDispose]();
});

function start() {
  const child = spawn(process.execPath, [PROGRAM], { env: machine.env, stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  const run = { child, stdout: "", stderr: "", ended: false };
  child.stdout.on("data", (data) => {
    run.stdout += data;
  });
  child.stderr.on("data", (data) => {
    run.stderr += data;
  });
  child.on("close", () => {
    run.ended = true;
  });
  return run;
}

async function startEndlessBuild() {
  const pidFile = path.join(machine.folder, "pid");
  const tellPid = `echo $$ > "${pidFile}.new"; /bin/mv "${pidFile}.new" "${pidFile}"`;
  await machine.command("go", workingGo("1.26.1", `${tellPid}; while :; do /bin/sleep 0.05; done`));
  const run = start();
  const pid = () => fs.readFile(pidFile, "utf8").catch(() => "");
  await until("the build runs", async () => (await pid()) !== "");
  return { run, goPid: Number(await pid()) };
}

const builds = async () => (await machine.calls()).filter((call) => call.startsWith("go build")).length;
const unfinished = async () =>
  (await fs.readdir(machine.cacheDir)).filter((name) => name.startsWith(".unfinished-"));

test("two at once: one builds, the other waits, says so and takes the result", async () => {
  const gate = path.join(machine.folder, "gate");
  await machine.command("go", workingGo("1.26.1", `until [ -e "${gate}" ]; do /bin/sleep 0.05; done`));
  const first = start();
  await until("the first one builds", async () => (await builds()) === 1);
  const second = start();
  await until("the second one waits", () => second.stderr.includes("waiting for process"));
  expect(second.stderr).toContain(`waiting for process ${first.child.pid}`);
  await fs.writeFile(gate, "");
  await until("both have ended", () => first.ended && second.ended);
  expect(JSON.parse(first.stdout)).toMatchObject({ source: "go" });
  expect(JSON.parse(second.stdout)).toEqual({ ...JSON.parse(first.stdout), source: "cache" });
  expect(await builds()).toBe(1);
});

test("a killed build leaves neither a lock nor a half engine: the next run makes it and cleans up", async () => {
  const { run: killed, goPid } = await startEndlessBuild();
  killed.child.kill("SIGKILL");
  await until("it is gone", () => killed.ended || killed.child.signalCode !== null);
  process.kill(goPid, "SIGKILL");
  expect(await unfinished()).toHaveLength(1);

  await machine.command("go", workingGo());
  const next = start();
  await until("the next one has ended", () => next.ended);
  expect(JSON.parse(next.stdout)).toMatchObject({ source: "go" });
  expect(await unfinished()).toEqual([]);
});

test("Ctrl-C during a build ends the build too", async () => {
  const { run: interrupted, goPid } = await startEndlessBuild();
  interrupted.child.kill("SIGINT");
  await until("it has ended", () => interrupted.ended);
  expect(interrupted.child.signalCode).toBe("SIGINT");
  await until("the build has ended", () => !isRunning(goPid));
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
