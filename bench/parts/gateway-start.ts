// From nothing running to the first query's answer: the workspace's process, and PostgreSQL by itself.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Effort, Section } from "../harness/result.ts";
import { interleave, type Readings } from "../harness/rounds.ts";
import { startNativePostgres } from "../support/native-postgres.ts";
import { firstQuery } from "../support/postgres-client.ts";
import { startWorkspace } from "../support/workspace.ts";

const instance = "bench";
const local = "local workspace";
const postgres = "PostgreSQL alone";

/** Times both, with data from before and without. */
export async function starting(effort: Effort, log: (line: string) => void): Promise<Section> {
  const rounds = effort.quick ? 1 : 5;
  const folder = await mkdtemp(join(tmpdir(), "lakebase-bench-start-"));
  try {
    await using native = await startNativePostgres();
    await native.stop();
    await prepare(effort, folder);
    const kept = await interleave(
      {
        [postgres]: () =>
          timed(async () => {
            await native.start();
            await firstQuery(async () => native.connection);
            return () => native.stop();
          }),
        [local]: () => timed(() => startAndQuery(effort, { folder, fresh: false })),
      },
      rounds,
    );
    const fresh = await interleave(
      { [local]: () => timed(() => startAndQuery(effort, { fresh: true })) },
      rounds,
    );
    log("start: done");
    const shared = { unit: "ms to the first answer", better: "lower" } as const;
    return {
      title: "Start to first query",
      note:
        "From starting the process (Node, type stripping, REST API, gateway, PostgreSQL server) through API calls for the " +
        "instance and a credential to the answer to `SELECT 1`; the empty folder includes creating the instance.",
      measures: [
        { name: "data from before", ...shared, samples: kept.millis ?? {} },
        { name: "empty folder", ...shared, samples: fresh.millis ?? {} },
      ],
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function prepare(effort: Effort, folder: string): Promise<void> {
  await using workspace = await startWorkspace({ effort, folder });
  await workspace.createInstance(instance);
}

async function startAndQuery(
  effort: Effort,
  { folder, fresh }: { folder?: string; fresh: boolean },
): Promise<() => PromiseLike<void>> {
  const workspace = await startWorkspace({ effort, ...(folder === undefined ? {} : { folder }) });
  if (fresh) await workspace.createInstance(instance);
  else await workspace.reach(instance, "AVAILABLE");
  await firstQuery(() => workspace.connection(instance));
  return () => workspace[Symbol.asyncDispose]();
}

/** Times the step; what it returns ends it, outside the time. */
async function timed(step: () => Promise<() => PromiseLike<void>>): Promise<Readings> {
  const started = performance.now();
  const end = await step();
  const millis = performance.now() - started;
  await end();
  return { millis };
}
