// How late changes of a source arrive, and how long many tables take.
import pg from "pg";
import { appendRows } from "../../tools/lakehouse/append-rows.ts";
import type { Section } from "../harness/result.ts";
import type { Readings } from "../harness/rounds.ts";
import { clientConfig } from "../support/postgres-client.ts";
import { declare, drop, online } from "../support/synced-tables.ts";
import type { Workspace } from "../support/workspace.ts";

/** How long a CONTINUOUS pipeline rests between two looks, in seconds. */
const interval = 15;

/** Appends rows, and waits until PostgreSQL has them: as it comes, and with the pipeline's rest cut short. */
export async function changeLatency(workspace: Workspace, source: string, quick: boolean): Promise<Section> {
  const client = new pg.Client(clientConfig(await workspace.connection("bench")));
  await client.connect();
  try {
    await declare(workspace, { name: "live", source: "small", policy: "CONTINUOUS" });
    await online(workspace, "live");
    let id = 1_000_000;
    const arrival = async (hurry: boolean): Promise<number> => {
      // The pipeline ends its last look shortly after its rows are visible; the clock is moved while it rests.
      await new Promise((wake) => setTimeout(wake, 300));
      id += 1;
      const started = performance.now();
      await appendRows(source, [{ id, customer: "late", amount: "1.00", paid: true }]);
      if (hurry) await workspace.call("POST", "/local/clock", { advance_seconds: interval });
      while (!(await client.query("SELECT FROM synced.live WHERE id = $1", [id])).rowCount) {
        await new Promise((wake) => setTimeout(wake, 5));
      }
      return performance.now() - started;
    };
    const work: number[] = [];
    for (let count = 0; count < (quick ? 3 : 20); count++) work.push(await arrival(true));
    const natural: number[] = [];
    for (let count = 0; count < (quick ? 0 : 3); count++) natural.push((await arrival(false)) / 1000);
    await drop(workspace, "live");
    return {
      title: "Change latency of CONTINUOUS",
      note:
        `From the beginning of a commit of one row to its being visible. The pipeline looks every ${interval} s; the work alone is ` +
        "measured with the workspace's clock moved on right after the commit.",
      measures: [
        { name: "the work alone", unit: "ms", better: "lower", samples: { "local workspace": work } },
        ...(quick
          ? []
          : [
              {
                name: "as it comes",
                unit: "s",
                better: "lower" as const,
                samples: { "local workspace": natural },
              },
            ]),
      ],
    };
  } finally {
    await client.end();
  }
}

/** The workspace allows so many synced tables of one source. */
export const tablesOfSource = 20;

/** Declares so many tables of the sources `many_0`, `many_1` … in one pipeline and waits for all. */
export async function manyTables(workspace: Workspace, count: number): Promise<Readings> {
  const started = performance.now();
  const first = await declare(workspace, { name: "many_0", source: "many_0", policy: "TRIGGERED" });
  for (let number = 1; number < count; number++) {
    const source = `many_${Math.floor(number / tablesOfSource)}`;
    await declare(workspace, { name: `many_${number}`, source, policy: "TRIGGERED", ...first });
  }
  for (let number = 0; number < count; number++) await online(workspace, `many_${number}`);
  return { seconds: (performance.now() - started) / 1000 };
}
