// What the local workspace and its PostgreSQL side agree on.
import type { Client } from "pg";
import type { PointInTime } from "./history.ts";

/** Decides whether a password (token) may log in to an instance as a user. */
export type Authenticate = (attempt: {
  password: string;
  user: string;
  instanceUid: string;
}) => Promise<{ ok: true } | { ok: false; reason: string }>;

/** For clients that send no instance name: the uids of the instances that the token names, or none. */
export type InstancesOfToken = (password: string) => Promise<string[]>;

/** Somebody whom the workspace knows, and who may have a role of the name. */
export interface WorkspaceIdentity {
  name: string;
  type: "USER" | "GROUP" | "SERVICE_PRINCIPAL";
}

/** How {@link PostgresHost} is started. */
export interface PostgresHostOptions {
  /** Folder that keeps everything that must survive a restart. */
  dataDir: string;
  /** Port of the TLS gateway on 127.0.0.1; 0 takes any free one. */
  port: number;
  authenticate: Authenticate;
  instancesOfToken: InstancesOfToken;
  /** The workspace's identities, for databricks_create_role; asked at each start of a server. */
  identities?: () => readonly WorkspaceIdentity[];
  /** Client connections per instance.
   * @default 1000 */
  maxConnections?: number;
  /** Milliseconds a client may take until it is logged in.
   * @default 60000 */
  authenticationTimeout?: number;
  /** Receives one line for each event worth a person's attention; never a secret. */
  log?: (line: string) => void;
}

/** The DNS names under which clients reach an instance. */
export interface InstanceEndpoints {
  readWriteDns: string;
  readOnlyDns?: string;
}

/** An instance as the workspace declares it to the PostgreSQL side. */
export interface ProvisionedInstance extends InstanceEndpoints {
  uid: string;
  /** User name of the creator, who owns the databases. */
  owner: string;
  /** The uid of the instance whose data the new one starts from. */
  cloneOf?: string;
  /** When that data was there; the present one without it. Only of an instance whose history is kept. */
  cloneAt?: PointInTime | undefined;
}

/** Rows of a statement run through {@link PostgresHost.query}. */
export interface QueryRows {
  rows: Record<string, unknown>[];
}

/** The running PostgreSQL side of a local workspace. */
export interface PostgresHost {
  readonly host: "127.0.0.1";
  readonly port: number;
  /** PEM file of the authority that signs the gateway's certificates. */
  readonly caFile: string;
  /**
   * Makes the instance known to the gateway under its DNS names and creates its cluster on first use.
   * Idempotent; does not start it.
   */
  provision(instance: ProvisionedInstance): Promise<void>;
  /** Starts the instance's server; resolves once it accepts connections. */
  start(uid: string): Promise<void>;
  /** Stops the server and keeps the data; its sessions end with 57P01. */
  stop(uid: string): Promise<void>;
  /** Stops the server, deletes the data and forgets the DNS names. */
  destroy(uid: string): Promise<void>;
  isRunning(uid: string): boolean;
  /** Where the kept log of an instance begins: clones can be cut at any point since. Undefined: of the present only. */
  history(uid: string): Promise<string | undefined>;
  /** Superuser SQL over the Unix socket; starts nothing that was not started. */
  query(uid: string, database: string, sql: string, params?: unknown[]): Promise<QueryRows>;
  /** A superuser connection over the Unix socket, for work in transactions and COPY; its caller ends it. */
  session(uid: string, database: string): Promise<Client>;
  /** Tells the running servers that the workspace's identities have changed. */
  identitiesChanged(): Promise<void>;
  /** Replaces the instance's DNS names. */
  setEndpoints(uid: string, endpoints: InstanceEndpoints): void;
  /** Gives the gateway a new key and new certificates of the same authority. */
  rotateCertificates(): Promise<void>;
  /** Stops the gateway and every server, keeps the data. */
  close(): Promise<void>;
}
