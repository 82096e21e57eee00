// The client's pool against others: throughput, connect latency, and what fails when tokens and servers do.
import type { Effort, Part, Section } from "../harness/result.ts";
import { interleave, loopFor, type Readings } from "../harness/rounds.ts";
import { quantile } from "../harness/statistics.ts";
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
  const variants = Object.fromEntries(
    Object.entries(opened.pools).map(([name, { pool }]) => {
      const connect = async (): Promise<Readings> => {
        const started = performance.now();
        const connected = await pool.connect();
        const millis = performance.now() - started;
        connected.release(true);
        return { millis };
      };
      return [name, connect];
    }),
  );
  await interleave(variants, quick ? 2 : 20);
  // One connection of each in a round: what slows the machine down for a moment then meets all of them.
  const { millis = {} } = await interleave(variants, quick ? 10 : 400);
  const p99 = Object.fromEntries(
    Object.entries(millis).map(([name, taken]) => [name, [quantile(taken, 0.99)]]),
  );
  log("connect latency: done");
  const shared = { unit: "ms", better: "lower", baseline: fixed } as const;
  return {
    title: "Connect latency",
    note: "`pool.connect()` with no connection open: TCP, TLS, login; the pools take turns after each one.",
    measures: [
      { name: "p50", ...shared, samples: millis },
      { name: "p99", ...shared, samples: p99 },
    ],
  };
}
