// Puts a workspace together out of its parts, and takes it apart in the reverse order.
import { appendFileSync } from "node:fs";
import {
  createDatabaseLogin,
  createLifecycle,
  createTokens,
  type InstanceDeletion,
  openApps,
  openIdentities,
  openInstances,
  openPermissions,
  serveApi,
} from "./api/index.ts";
import { createClock, type Move, type WorkspaceClock } from "./clock.ts";
import { openDataDirectory } from "./data-directory.ts";
import { type DelayName, type Delays, delaysOf } from "./delays.ts";
import { createJobs } from "./jobs/index.ts";
import { LocalWorkspaceError } from "./local-workspace-error.ts";
import type { PostgresHost, PostgresHostOptions } from "./postgres/index.ts";
import type { Store } from "./store.ts";
import { createSync } from "./sync/index.ts";

/** Settings of a local workspace. */
export interface LocalWorkspaceOptions {
  /** Directory that keeps everything; made if it is not there. */
  dataDir: string;
  /** Port of the REST API on 127.0.0.1; 0, the default, takes any free one. */
  port?: number;
  /** Port of PostgreSQL on 127.0.0.1; 0, the default, takes any free one. */
  postgresPort?: number;
  /** Life of every token, in seconds. @default 3600 */
  tokenSeconds?: number;
  /** Duration of state transitions: named, one number of milliseconds for all, or each. @default "default" */
  delays?: DelayName | number | Delays;
  /** Folder of the Delta tables that can be synced, laid out catalog/schema/table. */
  lakehouseDir?: string;
  /** Instances that the workspace may have. @default 10, as on the service */
  maximumInstances?: number;
  /** User name of the workspace's user, for a new data directory. @default "developer@example.com" */
  user?: string;
  /** Every token minted is appended to this file. */
  mintedTokensFile?: string;
  /**
   * Every deletion of an instance is appended to this file, one JSON object a line. @default the file that the
   * environment names in LAKEBASE_LOCAL_DELETIONS_FILE, if any
   */
  deletionsFile?: string;
  /** The time that the workspace's clock follows, in milliseconds. @default Date.now */
  realTime?: () => number;
  /** Receives one line for each event worth a person's attention; never a secret. */
  log?: (line: string) => void;
}

/** A running local workspace. */
export interface LocalWorkspace extends AsyncDisposable {
  readonly apiUrl: string;
  /** Personal access token of the user. */
  readonly token: string;
  readonly userName: string;
  /** The service principal's credentials for OAuth. */
  readonly clientId: string;
  readonly clientSecret: string;
  readonly postgresHost: string;
  readonly postgresPort: number;
  readonly caFile: string;
  readonly dataDir: string;
  /** Files that hold the secrets, for people. */
  readonly tokenFile: string;
  readonly servicePrincipalFile: string;
  readonly clock: WorkspaceClock;
  /** Resolves when every state transition whose time has come is over. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** How often {@link LocalWorkspace.settled} looks again, in milliseconds. */
const settledPoll = 5;

/** Starts a workspace on the given kind of PostgreSQL host. */
export async function assembleWorkspace(
  options: LocalWorkspaceOptions,
  startPostgres: (options: PostgresHostOptions) => Promise<PostgresHost>,
): Promise<LocalWorkspace> {
  const log = options.log ?? (() => {});
  const deletionsFile = options.deletionsFile ?? process.env.LAKEBASE_LOCAL_DELETIONS_FILE;
  const cleanups: (() => Promise<void> | void)[] = [];
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= runInReverse(cleanups);
    return closed;
  };
  try {
    const data = await openDataDirectory(options.dataDir, options.user);
    cleanups.push(() => data.close());
    const { store, directory } = data;
    const identities = openIdentities(store, directory);
    const clock = openClock(store, options.realTime);
    // Constant for a data directory, whatever port it is served on: a token outlives a restart.
    const issuer = `http://workspace-${directory.workspaceId}.localhost/oidc`;
    const tokens = await createTokens({
      clock,
      signingKey: data.signingKey,
      issuer,
      audience: directory.workspaceId,
      lifetimeSeconds: options.tokenSeconds ?? 3600,
      ...(options.mintedTokensFile ? { mintedTokensFile: options.mintedTokensFile } : {}),
    });
    const instances = openInstances(store);
    const query: PostgresHost["query"] = (...question) => postgres.query(...question);
    const postgresPort = options.postgresPort ?? 0;
    const postgres = await orPortInUse(
      startPostgres({
        dataDir: data.path,
        port: postgresPort,
        log,
        ...createDatabaseLogin({ tokens, instances, identities, query, log }),
        identities: () => identities.forDatabase(),
      }),
      postgresPort,
      "--postgres-port",
    );
    cleanups.push(() => postgres.close());
    const delays = delaysOf(options.delays);
    const lifecycle = createLifecycle({ instances, postgres, clock, log, delays });
    cleanups.push(() => lifecycle.close());
    await lifecycle.resume();
    const lakehouse = options.lakehouseDir === undefined ? {} : { lakehouseDir: options.lakehouseDir };
    const sync = createSync({ store, clock, instances, postgres, delays, log, ...lakehouse });
    cleanups.push(() => sync.close());
    sync.resume();
    const jobs = createJobs({ store, clock, sync, log });
    cleanups.push(() => jobs.close());
    const apps = openApps(store, clock.now);
    const permissions = openPermissions(store, instances, identities, apps.isBound);
    const workspace = {
      clock,
      maximumInstances: options.maximumInstances ?? 10,
      onInstanceDeletion: (deletion: InstanceDeletion) => {
        if (deletionsFile) appendFileSync(deletionsFile, `${JSON.stringify(deletion)}\n`);
      },
      store,
      directory,
      identities,
      tokens,
      postgres,
      instances,
      permissions,
      lifecycle,
      sync,
      jobs,
      apps,
      appDelays: delays,
    };
    const port = options.port ?? 0;
    const api = await orPortInUse(serveApi({ workspace, issuer, port, log }), port, "--port");
    cleanups.push(() => api.close());
    await data.announce(api.url);
    return {
      apiUrl: api.url,
      token: directory.personalAccessToken,
      userName: directory.user.userName,
      clientId: directory.servicePrincipal.userName,
      clientSecret: directory.clientSecret,
      postgresHost: postgres.host,
      postgresPort: postgres.port,
      caFile: postgres.caFile,
      dataDir: data.path,
      tokenFile: data.tokenFile,
      servicePrincipalFile: data.servicePrincipalFile,
      clock,
      async settled() {
        await lifecycle.settled();
        await sync.settled();
        while (jobs.isBusy()) {
          await new Promise((resolve) => setTimeout(resolve, settledPoll));
          await sync.settled();
        }
      },
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The clock where an earlier run has left it. */
function openClock(store: Store, realTime?: () => number): WorkspaceClock {
  const moved = store.collection<number>("clock");
  const moves = store.collection<Move[]>("clock moves");
  return createClock({
    offset: moved.get("offset") ?? 0,
    moves: moves.get("all") ?? [],
    onMove: (offset, all) =>
      store.transaction(() => {
        moved.put("offset", offset);
        moves.put("all", [...all]);
      }),
    ...(realTime ? { realTime } : {}),
  });
}

async function orPortInUse<T>(start: Promise<T>, port: number, option: string): Promise<T> {
  try {
    return await start;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = { EADDRINUSE: "is in use", EACCES: "is not allowed to this user" }[code ?? ""];
    if (!reason) throw error;
    throw new LocalWorkspaceError(
      `port ${port} on 127.0.0.1 ${reason}; stop what listens there, or give another port with ${option} (0 takes any free one)`,
    );
  }
}

/** Every clean-up runs, also when one before it fails; the first failure is reported. */
async function runInReverse(cleanups: (() => Promise<void> | void)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const cleanup of cleanups.reverse()) {
    try {
      await cleanup();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
