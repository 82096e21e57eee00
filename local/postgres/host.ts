// The PostgreSQL side of the local workspace as one object: data folder, clusters and gateway, up and down.
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { installBinaries } from "./binaries.ts";
import { openCertificates } from "./certificates.ts";
import { PARTIAL_SUFFIX } from "./cluster.ts";
import { Clusters, MAX_CONNECTIONS } from "./clusters.ts";
import { installDatabricksAuth } from "./databricks-auth.ts";
import { startGateway } from "./gateway.ts";
import { takeLock } from "./host-lock.ts";
import { reapServer } from "./server-process.ts";
import type { PostgresHost, PostgresHostOptions } from "./types.ts";

const AUTHENTICATION_TIMEOUT = 60_000;
/** Of the folder with links to sockets: socket paths are limited to 103 bytes on macOS, 107 on Linux. */
const LONGEST_TEMPORARY_FOLDER = 60;
const TEMPORARY_PREFIX = "lakebase-sockets-";

type Undo = () => Promise<unknown>;

/** Starts the gateway on 127.0.0.1 and ends servers that a killed workspace left on the same data folder. */
export async function startPostgresHost(options: PostgresHostOptions): Promise<PostgresHost> {
  const undo: Undo[] = [];
  try {
    return await start(options, undo);
  } catch (error) {
    await undoAll(undo);
    throw error;
  }
}

async function start(options: PostgresHostOptions, undo: Undo[]): Promise<PostgresHost> {
  const folder = resolve(options.dataDir, "postgres");
  const instances = join(folder, "instances");
  await mkdir(instances, { recursive: true, mode: 0o700 });
  const sockets = await temporaryFolder();
  undo.push(() => rm(sockets, { recursive: true, force: true }));
  await lock(join(folder, "lock"), sockets, undo);
  await removeRemains(instances);
  const certificates = await openCertificates(folder);
  const binaries = await installBinaries();
  await installDatabricksAuth(binaries);
  const clusters = new Clusters(options, binaries, instances, sockets);
  const gateway = await startGateway({
    port: options.port,
    certificates,
    directory: clusters,
    authenticate: options.authenticate,
    instancesOfToken: options.instancesOfToken,
    log: options.log ?? (() => {}),
    maxConnections: options.maxConnections ?? MAX_CONNECTIONS,
    authenticationTimeout: options.authenticationTimeout ?? AUTHENTICATION_TIMEOUT,
  });
  // Undone in reverse: servers first, so that clients hear of the shutdown from them.
  undo.push(() => gateway.close());
  undo.push(() => clusters.stopAll());
  undo.push(async () => gateway.stopListening());
  return {
    host: "127.0.0.1",
    port: gateway.port,
    caFile: certificates.caFile,
    provision: (instance) => clusters.provision(instance),
    start: (uid) => clusters.get(uid).start(),
    stop: (uid) => clusters.get(uid).stop(),
    destroy: (uid) => clusters.destroy(uid),
    history: (uid) => clusters.get(uid).history(),
    isRunning: (uid) => clusters.find(uid)?.isRunning ?? false,
    query: (uid, database, sql, params) => clusters.get(uid).query(database, sql, params),
    session: (uid, database) => clusters.get(uid).session(database),
    identitiesChanged: () => clusters.identitiesChanged(),
    setEndpoints: (uid, endpoints) => clusters.setEndpoints(uid, endpoints),
    rotateCertificates: () => gateway.rotateCertificates(),
    close: () => undoAll(undo),
  };
}

/** Undoes in reverse order; a failure keeps none of the others from being undone. */
async function undoAll(undo: Undo[]): Promise<void> {
  const failures: unknown[] = [];
  for (let step = undo.pop(); step; step = undo.pop()) await step().catch((error) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}

async function lock(file: string, sockets: string, undo: Undo[]): Promise<void> {
  const abandoned = await takeLock(file, sockets);
  undo.push(() => rm(file, { force: true }));
  if (abandoned !== undefined && basename(abandoned).startsWith(TEMPORARY_PREFIX)) {
    await rm(abandoned, { recursive: true, force: true });
  }
}

/** A folder of this user's own, with a path short enough for sockets in it. */
async function temporaryFolder(): Promise<string> {
  const parent = tmpdir().length <= LONGEST_TEMPORARY_FOLDER ? tmpdir() : "/tmp";
  return mkdtemp(join(parent, TEMPORARY_PREFIX));
}

/** Ends servers without a workspace and deletes what a killed one had half made or half deleted. */
async function removeRemains(instances: string): Promise<void> {
  for (const name of await readdir(instances)) {
    const folder = join(instances, name);
    await reapServer(join(folder, "data"));
    if (name.endsWith(PARTIAL_SUFFIX)) await rm(folder, { recursive: true, force: true });
  }
}
