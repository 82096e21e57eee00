// Puts a workspace together out of its parts, and takes it apart in the reverse order.
import { appendFileSync } from "node:fs";
import {
  createDatabaseLogin,
  createLifecycle,
  createTokens,
  type Delays,
  effectiveSettings,
  type InstanceDeletion,
  openApps,
  openIdentities,
  openInstances,
  openPermissions,
  serveApi,
} from "./api/index.ts";
import { createClock, type Move, type WorkspaceClock } from "./clock.ts";
import { openDataDirectory } from "./data-directory.ts";
import { createJobs } from "./jobs/index.ts";
import { LocalWorkspaceError } from "./local-workspace-error.ts";
import { type PostgresHost, type PostgresHostOptions, ROLE_COMMENT } from "./postgres/index.ts";
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

/** Named durations of state transitions. */
export const delayNames = ["default", "fast", "real"] as const;
/** One of {@link delayNames}. */
export type DelayName = (typeof delayNames)[number];

const namedDelays: Record<DelayName, Delays> = {
  // Long enough to be seen, short enough to wait for.
  default: { starting: 1500, updating: 1500, stopping: 1000, deleting: 1000, failingOver: 1500 },
  // As long as the work takes.
  fast: everyDelay(0),
  // What people see on the service, roughly.
  real: { starting: 90_000, updating: 60_000, stopping: 30_000, deleting: 30_000, failingOver: 30_000 },
};

function everyDelay(milliseconds: number): Delays {
  return {
    starting: milliseconds,
    updating: milliseconds,
    stopping: milliseconds,
    deleting: milliseconds,
    failingOver: milliseconds,
  };
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
    const moved = store.collection<number>("clock");
    const moves = store.collection<Move[]>("clock moves");
    const clock = createClock({
      offset: moved.get("offset") ?? 0,
      moves: moves.get("all") ?? [],
      onMove: (offset, all) => {
        moved.put("offset", offset);
        moves.put("all", [...all]);
      },
      ...(options.realTime ? { realTime: options.realTime } : {}),
    });
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
    const storedPassword = async (uid: string, user: string): Promise<string | undefined> => {
      const record = instances.byUid(uid);
      if (!record || !effectiveSettings(record.settings).enable_pg_native_login) return undefined;
      const { rows } = await postgres.query(uid, "postgres", selectPassword, [user]);
      return rows[0]?.rolpassword as string | undefined;
    };
    const isInGroup = async (uid: string, subject: string, role: string): Promise<boolean> => {
      const identity = identities.find(subject);
      if (!identity || !identities.groupsOf(identity).includes(role)) return false;
      // A role of PostgreSQL's own that happens to have the group's name is nobody's but its own.
      const { rows } = await postgres.query(uid, "postgres", selectRoleComment, [role]);
      return rows[0]?.comment === `${ROLE_COMMENT}GROUP`;
    };
    const postgresPort = options.postgresPort ?? 0;
    const postgres = await orPortInUse(
      startPostgres({
        dataDir: data.path,
        port: postgresPort,
        log,
        ...createDatabaseLogin({ tokens, storedPassword, isInGroup, log }),
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

const selectPassword = `SELECT rolpassword FROM pg_authid
  WHERE rolname = $1 AND rolpassword IS NOT NULL AND coalesce(rolvaliduntil > now(), true)`;

const selectRoleComment =
  "SELECT shobj_description(oid, 'pg_authid') AS comment FROM pg_roles WHERE rolname = $1";

function delaysOf(delays: LocalWorkspaceOptions["delays"]): Delays {
  if (typeof delays === "number") return everyDelay(delays);
  return typeof delays === "object" ? delays : namedDelays[delays ?? "default"];
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
