// Memory of idle instances: what each one more costs, and the workspace's own process.
import type { Effort, Section } from "../harness/result.ts";
import { startNativePostgres } from "../support/native-postgres.ts";
import { memoryMb, processTree } from "../support/processes.ts";
import { startWorkspace } from "../support/workspace.ts";

/** Measures both, against PostgreSQL with its own settings. */
export async function idleMemory(effort: Effort, log: (line: string) => void): Promise<Section> {
  await using workspace = await startWorkspace({ effort });
  await workspace.createInstance("first");
  const count = effort.quick ? 1 : 5;
  const servers = async (): Promise<number> => {
    const tree = await processTree(workspace.pid);
    return memoryMb(tree.filter((pid) => pid !== workspace.pid));
  };
  const one = await servers();
  const samples: number[] = [];
  for (let number = 1, before = one; number <= count; number++) {
    await workspace.createInstance(`more-${number}`);
    const after = await servers();
    samples.push(after - before);
    before = after;
  }
  await using native = await startNativePostgres({ defaults: true });
  const alone = await memoryMb(await processTree(native.pid));
  const own = await memoryMb([workspace.pid]);
  log("memory: done");
  return {
    title: "Memory",
    note: "Proportional set size (shared memory counted once) of all processes, nobody connected.",
    measures: [
      {
        name: "one more idle instance",
        unit: "MB",
        better: "lower",
        baseline: "PostgreSQL's own settings",
        samples: { "PostgreSQL's own settings": samples.map(() => alone), "local workspace": samples },
      },
      { name: "the workspace's process", unit: "MB", better: "lower", samples: { "local workspace": [own] } },
    ],
  };
}
