// What Linux tells about processes: CPU time, memory, children.
import { readdir, readFile, writeFile } from "node:fs/promises";

/** Clock ticks a second in /proc; 100 on every Linux that Node runs on. */
const ticks = 100;

/** Fields of /proc/<pid>/stat from the state on: the name before it may contain spaces. */
async function stat(pid: number | string): Promise<string[]> {
  const line = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return line.slice(line.lastIndexOf(")") + 2).split(" ");
}

/** Seconds of CPU that a process, all threads together, has used. */
export async function cpuSeconds(pid: number): Promise<number> {
  const fields = await stat(pid);
  return (Number(fields[11]) + Number(fields[12])) / ticks;
}

/** The process and everything that it has started. */
export async function processTree(root: number): Promise<number[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir("/proc")) {
    if (/^\d+$/.test(name)) parents.set(Number(name), Number((await stat(name))[1]));
  }
  const tree = [root];
  for (const parent of tree) {
    for (const [pid, of] of parents) if (of === parent) tree.push(pid);
  }
  return tree;
}

/** Megabytes in use, memory that processes share counted once among them (PSS). */
export async function memoryMb(pids: readonly number[]): Promise<number> {
  let kilobytes = 0;
  for (const pid of pids) {
    const text = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
    kilobytes += Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0);
  }
  return kilobytes / 1024;
}

/** Megabytes of the process at present, and at most since {@link resetPeak}. */
export async function residentMb(pid: number): Promise<{ now: number; peak: number }> {
  const text = await readFile(`/proc/${pid}/status`, "utf8");
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1]) / 1024;
  return { now: field("VmRSS"), peak: field("VmHWM") };
}

/** Begins a new high-water mark. */
export async function resetPeak(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, "5");
}
