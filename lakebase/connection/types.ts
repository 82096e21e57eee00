// What is asked of a connection to Lakebase, and what is learned on the way.
import type { ExpectedTable } from "../rules/index.ts";
import type {
  Clock,
  InstanceState,
  Workspace,
  WorkspaceOptions,
  WorkspaceSettings,
} from "../workspace/index.ts";
import type { ResolveDeps, ResolvedVia } from "./resolve.ts";

/** The stages of a connection, in their order. */
export const connectionStages = [
  "authenticate",
  "state",
  "credential",
  "resolve",
  "connect",
  "tls",
  "login",
  "probe",
] as const;

/**
 * One stage of a connection: who the caller is, whether the instance is available, a fresh token, the address
 * of its name, the TCP connection, verified TLS, the login, and a first query with a look at the expected tables.
 */
export type ConnectionStage = (typeof connectionStages)[number];

/** Which database to connect to, and how. */
export interface ConnectionRequest {
  /** The workspace and how to authenticate there; empty: as the Databricks tools find it. */
  workspace?: WorkspaceSettings | undefined;
  instanceName: string;
  databaseName: string;
  /** The instance's endpoint. Default: `read-write`. */
  endpoint?: "read-write" | "read-only" | undefined;
  /** Default: `PGPORT`, else 5432. */
  port?: number | undefined;
  /**
   * PEM file of the certificate authorities to trust, or `system` for the operating system's. Default:
   * `PGSSLROOTCERT`, else the ones that Node trusts.
   */
  sslRootCert?: string | undefined;
  /** Connects to this IP address instead of looking the name up, as libpq's hostaddr. Default: `PGHOSTADDR`. */
  hostAddress?: string | undefined;
  /** DNS servers (`address` or `address:port`) to ask when the system cannot resolve the name. */
  dnsServers?: readonly string[] | undefined;
  /** How long to wait for the instance to become available and to accept logins. Default: 10 minutes. */
  deadlineMs?: number | undefined;
  /**
   * How long to try again after failures that a fresh instance shows for a moment: connection refused, a name
   * not known yet. Default: 1 minute, within the deadline.
   */
  settlingMs?: number | undefined;
  /** How long each of connect, tls, login and probe may take. Default: 15 seconds. */
  stageTimeoutMs?: number | undefined;
  /** Tables that must exist, be readable, filled and fresh. Default: none is looked at. */
  tables?: readonly ExpectedTable[] | undefined;
  /** What Postgres shows as `application_name`. Default: `pulumi-lakebase`. */
  applicationName?: string | undefined;
  /** Ends everything at once. */
  signal?: AbortSignal | undefined;
}

/** What a connectivity check is asked; the same as for a connection. */
export type ConnectivityRequest = ConnectionRequest;

/** What tests and callers with a workspace at hand put in place of the real thing. */
export interface ConnectionDeps {
  clock?: Clock | undefined;
  openWorkspace?:
    | ((settings: WorkspaceSettings, options: WorkspaceOptions) => Promise<Workspace>)
    | undefined;
  resolve?: ResolveDeps | undefined;
  /** Where defaults come from: PGPORT, PGHOSTADDR, PGSSLROOTCERT. Default: `process.env`. */
  env?: NodeJS.ProcessEnv | undefined;
  /** Hears what is being waited for, in whole sentences without secrets. */
  onProgress?: ((line: string) => void) | undefined;
}

/** How long a stage took; waiting for the instance counts into `state`. */
export interface StageTiming {
  stage: ConnectionStage;
  milliseconds: number;
}

/** What is known of the instance whenever it exists. */
export interface InstanceFacts {
  instanceName: string;
  instanceUid: string;
  state: InstanceState;
  capacity?: string;
}

/** What an established connection taught. */
export interface ConnectionFacts extends InstanceFacts {
  /** DNS name of the endpoint: the name that TLS verified. */
  host: string;
  /** IP address that was connected to. */
  address: string;
  resolvedVia: ResolvedVia;
  port: number;
  databaseName: string;
  /** Who logged in: the caller's user name or application id. */
  userName: string;
  /** `SELECT version()`. */
  serverVersion: string;
  /** Such as 160014. */
  serverVersionNumber: number;
  /** Such as `TLSv1.3`. */
  tlsVersion: string;
  tlsCipher?: string;
  stages: StageTiming[];
}

/** The database was reached, and everything was as it should be. */
export interface VerifiedConnectivity extends ConnectionFacts {
  outcome: "verified";
  /** When, in ISO 8601. */
  checkedAt: string;
}

/** The instance is stopped, so nothing was dialled and the facts of a connection are missing. */
export interface StoppedConnectivity
  extends InstanceFacts,
    Partial<Omit<ConnectionFacts, keyof InstanceFacts>> {
  outcome: "stopped";
  databaseName: string;
  userName: string;
  stages: StageTiming[];
  /** When, in ISO 8601. */
  checkedAt: string;
}

/** Result of a connectivity check; a failure is thrown as `ConnectionProblem`. */
export type ConnectivityReport = VerifiedConnectivity | StoppedConnectivity;
