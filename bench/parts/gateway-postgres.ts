// Queries through the gateway against native TLS PostgreSQL: with node-postgres, and with pgbench.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Effort, Measure, Section } from "../harness/result.ts";
import { interleave, loopFor, type Readings } from "../harness/rounds.ts";
import { quantile } from "../harness/statistics.ts";
import { openClients } from "../support/postgres-client.ts";
import { cpuSeconds } from "../support/processes.ts";
import type { Connection } from "../support/workspace.ts";

/** A server under test: the process between client and PostgreSQL, and how to connect. */
export interface Tested {
  readonly pid: number;
  readonly connection: Connection;
}

const native = "native TLS";
const bare = "bare relay in Node";
const through = "gateway";

type Log = (line: string) => void;

/** What the gateway is compared with. */
export interface Floors {
  /** PostgreSQL that does TLS itself. */
  readonly native: Tested;
  /** TLS and bytes handed on, and nothing else. */
  readonly relay: Tested;
}

/** With node-postgres: connections in loops. */
export async function nodePostgres(
  gateway: Tested,
  floors: Floors,
  { quick }: Effort,
  log: Log,
): Promise<Section[]> {
  const measures: Measure[] = [];
  for (const connections of quick ? [1, 8] : [1, 8, 64]) {
    await using viaGateway = await openClients(gateway.connection, connections);
    await using viaNative = await openClients(floors.native.connection, connections);
    await using viaRelay = await openClients(floors.relay.connection, connections);
    const queries = async ({ clients }: typeof viaGateway, pid: number): Promise<Readings> => {
      const before = await cpuSeconds(pid);
      const { perSecond, millis, count } = await loopFor(100, connections, (index) =>
        (clients[index] as (typeof clients)[number]).query("SELECT $1::int AS one", [1]),
      );
      const cpu = (((await cpuSeconds(pid)) - before) / count) * 1e6;
      return { perSecond, p99: quantile(millis, 0.99), cpu };
    };
    const variants = {
      [native]: () => queries(viaNative, floors.native.pid),
      [bare]: () => queries(viaRelay, floors.relay.pid),
      [through]: () => queries(viaGateway, gateway.pid),
    };
    await interleave(variants, 1);
    const { perSecond = {}, p99 = {}, cpu = {} } = await interleave(variants, quick ? 2 : 60);
    const name = `${connections} ${connections === 1 ? "connection" : "connections"}`;
    const goal = { variant: through, atLeast: 0.9 };
    measures.push(
      { name, unit: "queries/s", better: "higher", baseline: native, goal, samples: perSecond },
      { name, unit: "ms, p99", better: "lower", baseline: native, samples: p99 },
      {
        name,
        unit: "µs of CPU a query in the process between",
        better: "lower",
        samples: { [bare]: cpu[bare] ?? [], [through]: cpu[through] ?? [] },
      },
    );
    log(`node-postgres, ${name}: done`);
  }
  const note =
    "`SELECT $1::int` in loops, one query at a time on each connection. Both servers are the same build with the same " +
    "settings; native means that PostgreSQL itself does TLS. The bare relay does TLS and hands bytes on, and nothing else: " +
    "what a gateway in Node can reach.";
  return [{ title: "Gateway with node-postgres", note, measures }];
}

/** With pgbench, if it is on PATH. */
export async function pgbench(
  gateway: Tested,
  floors: Floors,
  { quick }: Effort,
  log: Log,
): Promise<Section[]> {
  if (!(await isOnPath("pgbench"))) {
    log("pgbench is not on PATH (Debian: apt install postgresql-contrib): skipped");
    return [];
  }
  for (const { connection } of [gateway, floors.native])
    await runPgbench(connection, ["-i", "-q", "-s", "1"]);
  const measures: Measure[] = [];
  for (const clients of quick ? [8] : [1, 8, 64]) {
    const options = [
      "-n",
      "-S",
      "-c",
      String(clients),
      "-j",
      String(Math.min(clients, 2)),
      "-T",
      quick ? "1" : "3",
    ];
    const measure = async ({ connection }: Tested): Promise<Readings> => {
      const output = await runPgbench(connection, options);
      return { tps: Number(/tps = ([\d.]+)/.exec(output)?.[1]) };
    };
    const variants = {
      [native]: () => measure(floors.native),
      [bare]: () => measure(floors.relay),
      [through]: () => measure(gateway),
    };
    const { tps = {} } = await interleave(variants, quick ? 1 : 3);
    const name = `${clients} ${clients === 1 ? "client" : "clients"}`;
    const goal = clients === 8 ? { goal: { variant: through, atLeast: 0.5 } } : {};
    measures.push({
      name,
      unit: "transactions/s",
      better: "higher",
      baseline: native,
      ...goal,
      samples: tps,
    });
    log(`pgbench, ${name}: done`);
  }
  const version = (await promisify(execFile)("pgbench", ["--version"])).stdout.trim();
  return [
    {
      title: "Gateway with pgbench",
      note: `${version}, \`-S\` (one SELECT by key), scale 1, 2 threads.`,
      measures,
    },
  ];
}

async function runPgbench(connection: Connection, args: string[]): Promise<string> {
  const { host, port, serverName, caFile, user, password, database } = connection;
  const env = {
    PATH: process.env.PATH,
    PGHOST: serverName,
    PGHOSTADDR: host,
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: database,
    PGSSLMODE: "verify-full",
    PGSSLROOTCERT: caFile,
  };
  const { stdout } = await promisify(execFile)("pgbench", args, { env });
  return stdout;
}

async function isOnPath(command: string): Promise<boolean> {
  return promisify(execFile)(command, ["--version"]).then(
    () => true,
    () => false,
  );
}
