// What fails in each pool while tokens rotate, are revoked, cannot be had, and while the server restarts.
import { setTimeout as sleep } from "node:timers/promises";
import type { Effort, Measure, Section } from "../harness/result.ts";
import { type ComparedPool, openPools } from "../support/pools.ts";
import { startWorkspace, type Workspace } from "../support/workspace.ts";

const instance = "bench";
const clients = 8;
/** Every so many uses a connection is closed, so that there are logins all the time. */
const usesOfConnection = 5;
/** Between two queries of a client: the machine must not be what limits. */
const pause = 20;

interface Scenario {
  name: string;
  tokenSeconds: number;
  /** What happens while the clients query; they stop when it is over. */
  events(workspace: Workspace): Promise<void>;
}

function scenarios(quick: boolean): Scenario[] {
  const seconds = (count: number) => sleep(quick ? count * 100 : count * 1000);
  const life = (count: number) => (quick ? 2 : count);
  return [
    { name: "rotation", tokenSeconds: life(4), events: () => seconds(20) },
    {
      name: "revocation",
      tokenSeconds: 3600,
      async events(workspace) {
        for (let time = 0; time < 3; time++) {
          await seconds(2);
          // Every token ends at once for the server; by the clients' clock they are valid still.
          await workspace.call("POST", "/local/clock", { advance_seconds: 3601 });
        }
        await seconds(2);
      },
    },
    {
      name: "credential API down",
      tokenSeconds: life(20),
      async events(workspace) {
        await seconds(2);
        const fault = { method: "POST", path: "/database/credentials", times: 1_000_000, status: 503 };
        await workspace.call("POST", "/local/faults", { ...fault, error_code: "TEMPORARILY_UNAVAILABLE" });
        await seconds(15);
        await workspace.call("DELETE", "/local/faults");
        await seconds(4);
      },
    },
    {
      name: "restart",
      tokenSeconds: 3600,
      async events(workspace) {
        for (const capacity of ["CU_2", "CU_1"]) {
          await seconds(2);
          await workspace.call("PATCH", `/api/2.0/database/instances/${instance}`, { capacity });
          await workspace.reach(instance, "AVAILABLE");
        }
        await seconds(3);
      },
    },
  ];
}

interface Tally {
  succeeded: number;
  failed: number;
  /** The longest that one client had no success, in milliseconds. */
  longest: number;
  minted: number;
}

/** Runs the scenarios, all pools at the same time. */
export async function faults({ quick, profileDir }: Effort, log: (line: string) => void): Promise<Section> {
  const measures: Measure[] = [];
  for (const scenario of scenarios(quick)) {
    const { name, tokenSeconds } = scenario;
    await using workspace = await startWorkspace({ effort: { quick, profileDir }, tokenSeconds });
    await workspace.createInstance(instance);
    const tallies = await runScenario(workspace, scenario);
    const samples = (read: (tally: Tally) => number): Measure["samples"] =>
      Object.fromEntries(Object.entries(tallies).map(([pool, tally]) => [pool, [read(tally)]]));
    const share = (tally: Tally) => (tally.failed / (tally.failed + tally.succeeded)) * 100;
    measures.push(
      { name, unit: "failed queries", better: "lower", samples: samples((tally) => tally.failed) },
      { name, unit: "% of queries failed", better: "lower", samples: samples(share) },
      {
        name,
        unit: "ms, a client's longest without success",
        better: "lower",
        samples: samples((t) => t.longest),
      },
      { name, unit: "credentials asked for", better: "lower", samples: samples((tally) => tally.minted) },
    );
    log(`${name}: done`);
  }
  const note =
    `All pools at the same time on one instance, ${clients} clients each, ${pause} ms of pause after each query; every ` +
    `${usesOfConnection}th use closes its connection. **rotation**: tokens live 4 s, for 20 s. **revocation**: the server ` +
    "refuses every token so far, three times. **credential API down**: tokens live 20 s, from the 2nd to the 17th second " +
    "there are no new ones; the token from before stays valid (@databricks/lakebase wants another one in a token's last 2 " +
    "minutes and drops the old one: with tokens of an hour this concerns those 2 minutes). **restart**: two resizes; what " +
    "is sent while the server is down fails.";
  return { title: "Failures", note, measures };
}

async function runScenario(workspace: Workspace, scenario: Scenario): Promise<Record<string, Tally>> {
  await using opened = await openPools(workspace, instance, clients);
  const over = new AbortController();
  const running = Object.entries(opened.pools).map(async ([name, compared]) => {
    return [name, await query(compared, over.signal)] as const;
  });
  try {
    await scenario.events(workspace);
  } finally {
    over.abort();
  }
  return Object.fromEntries(await Promise.all(running));
}

async function query({ pool, minted }: ComparedPool, over: AbortSignal): Promise<Tally> {
  const tally: Tally = { succeeded: 0, failed: 0, longest: 0, minted: 0 };
  await Promise.all(
    Array.from({ length: clients }, async () => {
      let succeededAt = performance.now();
      for (let use = 1; !over.aborted; use++) {
        try {
          const connected = await pool.connect();
          try {
            await connected.query("SELECT 1");
          } finally {
            connected.release(use % usesOfConnection === 0);
          }
          tally.succeeded += 1;
          tally.longest = Math.max(tally.longest, performance.now() - succeededAt);
          succeededAt = performance.now();
        } catch {
          tally.failed += 1;
        }
        await sleep(pause);
      }
      tally.longest = Math.max(tally.longest, performance.now() - succeededAt);
    }),
  );
  tally.minted = minted();
  return tally;
}
