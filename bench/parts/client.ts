// The client's pool against others: throughput, connect latency, and what fails when tokens and servers do.
import type { Effort, Part, Section } from "../harness/result.ts";
import { interleave, loopFor, type Readings } from "../harness/rounds.ts";
import { median, quantile } from "../harness/statistics.ts";
import { type ComparedPool, fixed, openPools, ours } from "../support/pools.ts";
import { startWorkspace, type Workspace } from "../support/workspace.ts";
import { faults } from "./client-faults.ts";

const instance = "bench";

/** The part. */
export const client: Part = {
  title: "Client: a pool whose password is a live token",
  async run(effort, log) {
    await using workspace = await startWorkspace({ effort });
    await workspace.createInstance(instance);
    const measured = [await throughput(workspace, effort, log), await connecting(workspace, effort, log)];
    return [...measured, await faults(effort, log)];
  },
};

async function throughput(
  workspace: Workspace,
  { quick }: Effort,
  log: (line: string) => void,
): Promise<Section> {
  const measures: Section["measures"] = [];
  for (const clients of quick ? [1, 8] : [1, 8, 64]) {
    await using opened = await openPools(workspace, instance, clients);
    const measure = (compared: ComparedPool) => () => queries(compared, clients, 100);
    const variants = Object.fromEntries(
      Object.entries(opened.pools).map(([name, compared]) => [name, measure(compared)]),
    );
    await interleave(variants, 1);
    const { perSecond = {}, cpu = {} } = await interleave(variants, quick ? 2 : 60);
    const title = `${clients} ${clients === 1 ? "client" : "clients"}`;
    measures.push(
      {
        name: title,
        unit: "queries/s",
        better: "higher",
        baseline: fixed,
        goal: { variant: ours, atLeast: 0.98 },
        samples: perSecond,
      },
      {
        name: title,
        unit: "µs of CPU a query in the client's process",
        better: "lower",
        baseline: fixed,
        samples: cpu,
      },
    );
    log(`throughput, ${title}: done`);
  }
  const note =
    '`pool.query("SELECT 1")` in loops, through the local workspace\'s gateway, which is a process of its own. Every ' +
    "pool may have as many connections as there are clients.";
  return { title: "Throughput", note, measures };
}

async function queries({ pool }: ComparedPool, clients: number, milliseconds: number): Promise<Readings> {
  const before = process.cpuUsage();
  const { perSecond, count } = await loopFor(milliseconds, clients, () => pool.query("SELECT 1"));
  const { user, system } = process.cpuUsage(before);
  return { perSecond, cpu: (user + system) / count };
}

async function connecting(
  workspace: Workspace,
  { quick }: Effort,
  log: (line: string) => void,
): Promise<Section> {
  await using opened = await openPools(workspace, instance, 1);
  const all: Record<string, number[]> = {};
  const connects = quick ? 5 : 50;
  const variants = Object.fromEntries(
    Object.entries(opened.pools).map(([name, { pool }]) => {
      const taken: number[] = [];
      all[name] = taken;
      return [
        name,
        async () => {
          const round: number[] = [];
          for (let count = 0; count < connects; count++) {
            const started = performance.now();
            const connected = await pool.connect();
            round.push(performance.now() - started);
            connected.release(true);
          }
          taken.push(...round);
          return { p50: median(round) };
        },
      ];
    }),
  );
  await interleave(variants, 1);
  for (const taken of Object.values(all)) taken.splice(0);
  const { p50 = {} } = await interleave(variants, quick ? 2 : 6);
  const p99 = Object.fromEntries(Object.entries(all).map(([name, taken]) => [name, [quantile(taken, 0.99)]]));
  log("connect latency: done");
  const shared = { unit: "ms", better: "lower", baseline: fixed } as const;
  return {
    title: "Connect latency",
    note: `\`pool.connect()\` with no connection open: TCP, TLS, login. ${connects} a round; p99 over all rounds.`,
    measures: [
      { name: "p50", ...shared, samples: p50 },
      { name: "p99", ...shared, samples: p99 },
    ],
  };
}
