// A workspace and a database that tests script together: REST over real HTTP, Postgres over real TLS.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { expect } from "vitest";
import {
  type ConnectionDeps,
  ConnectionProblem,
  type ConnectionRequest,
  verifyConnectivity,
} from "../../../lakebase/connection/index.ts";
import { createAuthority, type PemPair, type TestAuthority } from "../support/certificates.ts";
import { type Behaviour, type FakePostgres, startFakePostgres } from "../support/fake-postgres.ts";
import {
  type Reply,
  type ScriptedServer,
  type SeenRequest,
  startScriptedServer,
} from "../support/scripted-server.ts";

/** Name of the endpoint, which the certificate is for. */
export const endpoint = "instance-1.database.localhost";
/** Who logs in. */
export const identity = "ann@example.com";
/** Every token that the scripted workspace mints contains this. */
export const marker = "secret-marker";

/** What a test may change of the ordinary course. */
export interface Scene {
  /** States of the instance on successive reads, the last one for ever. */
  states?: (Record<string, unknown> | string)[];
  /** Answers a request before the ordinary script does. */
  rest?: (request: SeenRequest) => Reply | undefined;
  /** What each connection to the database gets. */
  postgres?: (connection: number) => Behaviour;
  certificate?: (authority: TestAuthority) => Promise<PemPair>;
}

/** The scene, running. */
export interface Stage extends AsyncDisposable {
  rest: ScriptedServer;
  postgres: FakePostgres;
  request: ConnectionRequest;
  deps: ConnectionDeps;
  caFile: string;
}

const greeting = {
  version: "PostgreSQL 16.14 on x86_64",
  number: "160014",
  currentUser: identity,
  sessionUser: identity,
};

/** What an ordinary database answers. */
export const welcoming: Behaviour = { query: () => [greeting] };

function script(scene: Scene): (request: SeenRequest) => Reply {
  let reads = 0;
  let credentials = 0;
  const states = scene.states ?? ["AVAILABLE"];
  return (request) => {
    const special = scene.rest?.(request);
    if (special) return special;
    if (request.url.endsWith("/Me")) return { json: { id: "1", userName: identity } };
    if (request.url.endsWith("/credentials")) {
      credentials += 1;
      return { json: { token: `${marker}-${credentials}`, expiration_time: "2026-11-22T12:00:00Z" } };
    }
    const state = states[Math.min(reads, states.length - 1)];
    reads += 1;
    const fields = typeof state === "string" ? { state } : state;
    return { json: { name: "orders", uid: "1", capacity: "CU_1", read_write_dns: endpoint, ...fields } };
  };
}

/** Starts workspace and database. */
export async function setStage(scene: Scene = {}): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), "lakebase-connection-"));
  const authority = await createAuthority();
  const caFile = join(folder, "ca.pem");
  await writeFile(caFile, authority.ca);
  const pair = await (scene.certificate ?? ((from) => from.issue(endpoint)))(authority);
  const rest = await startScriptedServer(script(scene));
  const postgres = await startFakePostgres(pair, scene.postgres ?? (() => welcoming));
  return {
    rest,
    postgres,
    caFile,
    request: {
      workspace: { host: rest.url, token: "dapi-secret-marker-pat" },
      instanceName: "orders",
      databaseName: "app",
      port: postgres.port,
      sslRootCert: caFile,
      settlingMs: 0,
    },
    deps: { env: {} },
    async [Symbol.asyncDispose]() {
      await rest[Symbol.asyncDispose]();
      await postgres[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Runs the check in a scene that must fail; whatever it says must not hold a token. */
export async function problemIn(
  scene: Scene,
  change: (port: number) => Partial<ConnectionRequest> | Promise<Partial<ConnectionRequest>> = () => ({}),
  deps: ConnectionDeps = {},
) {
  await using stage = await setStage(scene);
  const lines: string[] = [];
  const request = { ...stage.request, ...(await change(stage.postgres.port)) };
  const error = await verifyConnectivity(request, {
    ...stage.deps,
    onProgress: (line) => lines.push(line),
    ...deps,
  }).then(
    (report) => expect.unreachable(`it worked: ${JSON.stringify(report)}`),
    (caught: unknown) => caught as ConnectionProblem,
  );
  expect(error, String(error)).toBeInstanceOf(ConnectionProblem);
  const shown = [
    inspect(error, { showHidden: true, depth: null }),
    JSON.stringify(error),
    error.stack,
    ...lines,
  ];
  expect(shown.join("\n")).not.toContain(marker);
  return {
    error,
    lines,
    logins: stage.postgres.logins,
    connections: stage.postgres.connections(),
    requests: stage.rest.requests,
  };
}
