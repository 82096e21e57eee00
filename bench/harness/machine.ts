// The machine that a run was made on.
import { execFile } from "node:child_process";
import { arch, cpus, getPriority, loadavg, release, tmpdir, totalmem, type } from "node:os";
import { promisify } from "node:util";

/** Facts without which figures say little. */
export interface Machine {
  cpu: string;
  cores: number;
  memoryGb: number;
  system: string;
  node: string;
  temporaryFolder: string;
  /** Of the last minute when the run began: what else the machine was doing. */
  loadBefore: number;
  /** The processes' niceness: below 0, they went before whatever else was running. */
  niceness: number;
}

/** Reads them. */
export async function machineFacts(): Promise<Machine> {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() || "unknown",
    cores: processors.length,
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    system: `${type()} ${release()} ${arch()}`,
    node: process.version,
    temporaryFolder: await fileSystemOf(tmpdir()),
    loadBefore: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    niceness: getPriority(),
  };
}

/** The kind of file system, as `df` tells it. */
async function fileSystemOf(folder: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)("df", ["-PT", folder]);
    return stdout.trim().split("\n").at(-1)?.split(/\s+/)[1] ?? "unknown";
  } catch {
    return "unknown";
  }
}
