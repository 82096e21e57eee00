// The connectivity check against the least that it could be, against a shell's way, and what it takes in an `up`.
import { execFile } from "node:child_process";
import { request } from "node:http";
import { promisify } from "node:util";
import pg from "pg";
import { verifyConnectivity } from "../../lakebase/connection/index.ts";
import type { Effort, Measure, Part, Section } from "../harness/result.ts";
import { interleave } from "../harness/rounds.ts";
import { clientConfig } from "../support/postgres-client.ts";
import { startPulumi } from "../support/pulumi-stack.ts";
import { type Connection, startWorkspace, type Workspace } from "../support/workspace.ts";

const instance = "bench";
const floor = "floor: POST, connect, SELECT";
const allCalls = "floor with the check's three calls";
const ours = "ConnectivityCheck";
const shell = "curl and psql";

type Log = (line: string) => void;

/** The part. */
export const connectivity: Part = {
  title: "ConnectivityCheck",
  async run(effort, log) {
    await using workspace = await startWorkspace({ effort });
    await workspace.createInstance(instance);
    return [await proving(workspace, effort, log), await inAnUp(workspace, effort, log)];
  },
};

async function proving(workspace: Workspace, { quick }: Effort, log: Log): Promise<Section> {
  const connection = await workspace.connection(instance);
  const { apiUrl, token, postgresPort: port, caFile: sslRootCert } = workspace;
  const check = {
    workspace: { host: apiUrl, token },
    ...{ instanceName: instance, databaseName: connection.database, port, sslRootCert },
  };
  const warm = {
    [floor]: () => prove(workspace, connection, []),
    [allCalls]: () =>
      prove(workspace, connection, [
        "/api/2.0/preview/scim/v2/Me",
        `/api/2.0/database/instances/${instance}`,
      ]),
    [ours]: async () => void (await verifyConnectivity(check)),
  };
  const inProcess = Object.fromEntries(
    Object.entries(warm).map(([name, step]) => [name, () => timed(step)] as const),
  );
  await interleave(inProcess, quick ? 1 : 10);
  const { millis = {} } = await interleave(inProcess, quick ? 3 : 100);
  log("in a process that runs: done");
  const measures: Measure[] = [
    {
      name: "in a process that runs",
      unit: "ms",
      better: "lower",
      baseline: floor,
      goal: { variant: ours, atMost: 1.2 },
      samples: millis,
    },
  ];
  if (await areOnPath("curl", "psql")) {
    const variants = { [shell]: () => timed(() => byShell(workspace, connection)), [ours]: inProcess[ours] };
    const { millis: shells = {} } = await interleave(variants as typeof inProcess, quick ? 2 : 30);
    const unit = "ms, with the starting of curl and psql";
    measures.push({ name: "against a shell", unit, better: "lower", baseline: shell, samples: shells });
    log("by shell: done");
  } else log("curl and psql are not both on PATH: skipped");
  const note =
    "The **floor** asks for a credential (one HTTP POST by node:http), connects once over verified TLS with node-postgres and " +
    "selects version(). The check asks who it is and whether the instance is available as well, in two more calls.";
  return { title: "Proof", note, measures };
}

async function timed(step: () => Promise<void>): Promise<{ millis: number }> {
  const started = performance.now();
  await step();
  return { millis: performance.now() - started };
}

/** Nothing but the network, the servers and the driver. */
async function prove(workspace: Workspace, connection: Connection, reads: string[]): Promise<void> {
  for (const path of reads) await call(workspace, "GET", path);
  const body = JSON.stringify({ request_id: "bench", instance_names: [instance] });
  const answer = await call(workspace, "POST", "/api/2.0/database/credentials", body);
  const client = new pg.Client({ ...clientConfig(connection), password: String(JSON.parse(answer).token) });
  await client.connect();
  await client.query("SELECT version()");
  await client.end();
}

function call({ apiUrl, token }: Workspace, method: string, path: string, body?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const sent = request(`${apiUrl}${path}`, { method, headers }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      answer.on("end", () => resolve(text));
    });
    sent.on("error", reject).end(body);
  });
}

/** As one would do it by hand. */
async function byShell({ apiUrl, token }: Workspace, connection: Connection): Promise<void> {
  const body = JSON.stringify({ request_id: "bench", instance_names: [instance] });
  const script = `PGPASSWORD=$(curl -sf -H "Authorization: Bearer $TOKEN" -d '${body}' ${apiUrl}/api/2.0/database/credentials |
    sed 's/.*"token":"\\([^"]*\\)".*/\\1/') exec psql -XAtc 'SELECT version()'`;
  const { host, port, serverName, caFile, user, database } = connection;
  const env = {
    ...{ PATH: process.env.PATH, TOKEN: token },
    ...{ PGHOST: serverName, PGHOSTADDR: host, PGPORT: String(port), PGUSER: user, PGDATABASE: database },
    ...{ PGSSLMODE: "verify-full", PGSSLROOTCERT: caFile },
  };
  const { stdout } = await promisify(execFile)("sh", ["-c", script], { env });
  if (!stdout.startsWith("PostgreSQL")) throw new Error(`psql answered ${stdout}`);
}

async function areOnPath(...commands: string[]): Promise<boolean> {
  const found = commands.map((command) => promisify(execFile)(command, ["--version"]));
  return Promise.all(found).then(
    () => true,
    () => false,
  );
}

/** The stages that the check has recorded in the state, beside the time of the whole command. */
async function inAnUp(workspace: Workspace, effort: Effort, log: Log): Promise<Section> {
  await using engine = await startPulumi(workspace, effort);
  const program = await engine.program("components");
  const samples: Record<"check" | "whole", number[]> = { check: [], whole: [] };
  for (let round = 1; round <= (effort.quick ? 1 : 4); round++) {
    const stack = await engine.stack(program, {
      "lakebase:instanceName": `check-${round}`,
      "lakebase:catalogName": `check_${round}`,
      "lakebase:tables": 0,
      "lakebase:port": workspace.postgresPort,
      "lakebase:sslRootCert": workspace.caFile,
    });
    const { wall = Number.NaN } = await stack.measure("up");
    const state = JSON.parse(await stack.state()) as State;
    const recorded = state.checkpoint.latest.resources.find(({ type }) =>
      type.endsWith(":ConnectivityCheck"),
    );
    const stages = Object.values(recorded?.outputs?.latencies ?? {});
    samples.whole.push(wall * 1000);
    samples.check.push(stages.reduce((sum, millis) => sum + millis, 0));
  }
  log("in an up: done");
  return {
    title: "In an up",
    note: "The stages that the check records in the state, in the `pulumi up` of a new stack without tables, and the whole command. The first call of a process includes loading the driver.",
    measures: [
      {
        name: "check and command",
        unit: "ms",
        better: "lower",
        baseline: "whole `up`",
        samples: { "whole `up`": samples.whole, "all stages of the check": samples.check },
      },
    ],
  };
}

interface State {
  checkpoint: {
    latest: { resources: { type: string; outputs?: { latencies?: Record<string, number> } }[] };
  };
}
