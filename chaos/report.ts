// The table of runs, for the terminal and for results/README.md.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Machine, machineFacts } from "../bench/harness/machine.ts";
import type { RunResult } from "./run.ts";

/** A run as it is recorded. */
export interface RecordedRun extends RunResult {
  minutes: number;
  measuredAt: string;
  machine: Machine;
}

const columns: [string, (run: RunResult) => string | number][] = [
  ["seed", (run) => run.seed],
  ["result", (run) => (run.end === "violation" ? `VIOLATED: ${run.invariant}` : run.end)],
  ["seconds", (run) => Math.round(run.tookSeconds)],
  ["days", (run) => run.simulatedDays],
  ["actions", (run) => Object.values(run.actions).reduce((sum, count) => sum + count, 0)],
  ["tokens minted", (run) => run.tokensMinted],
  ["rotations in pools", (run) => run.rotations],
  ["logins", (run) => run.logins],
  ["rows acknowledged", (run) => run.acknowledged],
  ["writes failed", (run) => run.failedWrites],
  ["starts of the workspace", (run) => run.workspaceStarts],
  ["servers killed", (run) => run.postgresKills],
  ["starts of apps", (run) => run.appStarts],
  ["ups", (run) => run.ups.succeeded],
  ["killed", (run) => run.ups.killed],
  ["locked", (run) => run.ups.locked],
  ["failed under faults", (run) => run.ups.failed],
  ["checks", (run) => run.checks],
];

/** The runs as a Markdown table. */
export function tableOf(runs: readonly RunResult[]): string {
  const line = (cells: (string | number)[]) => `| ${cells.join(" | ")} |`;
  const head = [line(columns.map(([title]) => title)), line(columns.map(() => "--:"))];
  return [...head, ...runs.map((run) => line(columns.map(([, cell]) => cell(run))))].join("\n");
}

/** Puts a run into results/runs.json, in place of one with the same seed, and writes the table anew. */
export async function record(folder: string, run: RunResult, minutes: number): Promise<void> {
  const file = join(folder, "runs.json");
  const earlier = JSON.parse(await readFile(file, "utf8").catch(() => "[]")) as RecordedRun[];
  const measured = { ...run, minutes, measuredAt: new Date().toISOString(), machine: await machineFacts() };
  const runs = [...earlier.filter(({ seed }) => seed !== run.seed), measured].sort((a, b) => a.seed - b.seed);
  await mkdir(folder, { recursive: true });
  await writeFile(file, `${JSON.stringify(runs, undefined, 2)}\n`);
  await writeFile(join(folder, "README.md"), pageOf(runs));
}

function pageOf(runs: readonly RecordedRun[]): string {
  const { cpu, cores, memoryGb, system, node } = (runs.at(-1) as RecordedRun).machine;
  return `# Chaos: recorded runs

Written by \`npm run chaos -- --minutes ${runs[0]?.minutes} --seed N --record\`; [runs.json](runs.json) has every figure.
Machine: ${cpu}, ${cores} cores, ${memoryGb} GB, ${system}, Node ${node}.

${tableOf(runs)}

**ups**: deployments that succeeded; **killed** by the run with SIGKILL; **locked** out by another one of the same stack,
as they should be. **failed under faults** and **writes failed** are no violations: they are what faults do. **writes
failed** are attempts while an instance was stopped or restarting, the workspace gone, or no name could be resolved.
`;
}
