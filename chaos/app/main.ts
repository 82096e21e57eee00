// The application of a run, a process of its own: it knows the stacks' exports, and writes through the client's pool.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createLakebasePool, type PoolDeps } from "../../client/index.ts";
import { openWorkspace } from "../../lakebase/workspace/index.ts";
import type { Dns } from "../plan.ts";
import type { AppReport, AppSettings, Envelope, Reply } from "./messages.ts";
import { SimulatedClock } from "./simulated-clock.ts";
import { Writer } from "./writer.ts";

/** The longest that a move of the clock waits for tokens under way, in real milliseconds. */
const tokenPatience = 1_500;

const settings = JSON.parse(process.argv[2] ?? "{}") as AppSettings;
const clock = new SimulatedClock(settings.offset);
const report: AppReport = { acknowledged: 0, failed: 0, connections: 0, rotations: 0, refusedLogins: 0 };
let dns: Dns = "works";
let underWay = 0;

const loopback = [{ address: "127.0.0.1", family: 4 as const }];
const failing = (code: string) => Object.assign(new Error(code), { code });
const deps: PoolDeps = {
  clock,
  // The local workspace's names need no DNS; here they are looked up as names of the service are.
  resolve: {
    isLoopback: () => false,
    configuredServers: async () => ["192.0.2.53"],
    publicServers: [],
    async lookup() {
      if (dns !== "works") throw failing("EAI_AGAIN");
      return loopback;
    },
    async query() {
      if (dns === "all-fail") throw failing("ETIMEOUT");
      return loopback;
    },
  },
  async openWorkspace(...args) {
    const workspace = await openWorkspace(...args);
    return {
      ...workspace,
      async generateDatabaseCredential(...request) {
        underWay += 1;
        try {
          return await workspace.generateDatabaseCredential(...request);
        } finally {
          underWay -= 1;
        }
      },
    };
  },
};

const writers = settings.databases.map(({ instance, exportsFile }) => {
  const pool = createLakebasePool(
    {
      exports: readFileSync(exportsFile, "utf8"),
      poolSize: 1,
      maxOverflow: 2,
      connectionTimeoutMillis: 10_000,
      query_timeout: 15_000,
      meter: false,
    },
    deps,
  );
  pool.on("token", () => {
    report.rotations += 1;
  });
  pool.on("token-refused", () => {
    report.refusedLogins += 1;
  });
  const { label, journalFile } = settings;
  return new Writer({ pool, instance, label, journalFile, report });
});

async function answer(message: Envelope): Promise<Reply> {
  const { id } = message;
  if (message.ask === "dns") dns = message.dns;
  if (message.ask === "clock") {
    clock.moveTo(message.offset);
    // Timers that came due have asked for tokens; the clock goes on when they are here, as it would in life.
    await new Promise((turn) => setImmediate(turn));
    for (const end = Date.now() + tokenPatience; underWay > 0 && Date.now() < end; ) await sleep(1);
  }
  if (message.ask === "prove") {
    const proofs = await Promise.all(writers.map((writer) => writer.prove(message.attempts)));
    return { id, report, proofs };
  }
  return { id, report };
}

process.on("message", (message: Envelope) => {
  void answer(message).then((reply) => process.connected && process.send?.(reply));
});
// Without the run there is nobody to write for.
process.on("disconnect", () => process.exit(0));
for (const writer of writers) void writer.run();
