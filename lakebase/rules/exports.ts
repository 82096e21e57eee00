// The contract between a stack and its applications: the versioned `lakebase` output, which holds no secret.

/** Version of the contract's shape. Members may be added within a version; none is removed or changed. */
export const exportsSchemaVersion = 1;

/** The stack's `lakebase` output: everything that an application needs to connect, apart from a credential. */
export interface LakebaseExports {
  /** Version of this shape, at present 1. */
  schemaVersion: number;
  /** The database instance. */
  instance: {
    /** Name of the instance, which a credential is asked for with. */
    name: string;
    /** The service's own id of the instance. */
    uid: string;
    /** Capacity tier, such as `CU_1`. */
    capacity: string;
    /** Memory of each node in GB; missing for a tier that this version does not know. */
    memoryGb?: number;
    /** State at the last deployment or refresh, such as `AVAILABLE` or `STOPPED`. */
    state: string;
    /** Whether the instance is meant to be stopped: it refuses all connections then. */
    stopped: boolean;
  };
  /** Where it is reached. */
  endpoint: {
    /** Host name for reading and writing. TLS checks the certificate against it. */
    readWriteDns: string;
    /** Host name of the readable secondaries; missing without them. */
    readOnlyDns?: string;
    /** TCP port, 5432 on the service. */
    port: number;
    /** How a libpq client must verify: always `verify-full`. */
    sslMode: "verify-full";
    /** File with the certificate authority; missing where the system's authorities do. */
    sslRootCert?: string;
    /** Address to connect to instead of resolving the host name, as libpq's hostaddr. */
    hostAddress?: string;
  };
  /** The database that applications use. */
  database: {
    /** PostgreSQL database. */
    name: string;
  };
  /** The Unity Catalog registration; missing without one. */
  catalog?: { name: string };
  /** The workspace, which credentials are asked of. */
  workspace: {
    /** Address of the workspace; missing where the environment or a profile says it. */
    host?: string;
  };
  /** What the connectivity check found at the last deployment or refresh; missing without a check. */
  verification?: {
    /** `verified`, `stopped` (not checked) or `failed`. */
    outcome: string;
    serverVersion?: string;
    tlsVersion?: string;
    userName?: string;
    checkedAt?: string;
  };
}
