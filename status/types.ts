// The shape of a status: what `status --json` prints, described for other programs in docs/status.schema.json.

/** Version of the shape. Members may be added within a version; none is removed or changed. */
export const statusSchemaVersion = 1;

/**
 * How a part is: as declared; on its way to it; in another form than declared, but working; not usable. The order is
 * from the best to the gravest.
 */
export const levels = ["well", "changing", "drifted", "failed"] as const;
/** One of {@link levels}. */
export type Level = (typeof levels)[number];

/** A setting that is not as the program declared it. */
export interface Drift {
  /** Setting, in the program's spelling. */
  readonly setting: string;
  /** As the state records it from the program, in words. */
  readonly declared: string;
  /** As the service tells it, in words. */
  readonly actual: string;
}

/** What every part of a status has. */
export interface Part {
  /** Name at the service. */
  readonly name: string;
  readonly level: Level;
  /** Why the level is not `well`, each with its fix; without drift, which has a list of its own. */
  readonly problems: readonly string[];
  readonly drift: readonly Drift[];
  /** Declared settings that the service does not tell, so that nothing can be said of them. */
  readonly unknown: readonly string[];
}

/** An instance. */
export interface InstanceStatus extends Part {
  /** Address of its workspace. */
  readonly workspace: string;
  /** As the service tells it; `MISSING` when there is none, `UNKNOWN` when it could not be asked. */
  readonly state: string;
  /** State that it is on its way to. */
  readonly pending?: string;
  readonly capacity?: string;
  readonly nodes?: number;
  readonly stopped?: boolean;
  readonly retentionDays?: number;
  readonly postgresVersion?: string;
  readonly endpoints: { readonly readWrite?: string; readonly readOnly?: string };
}

/** The registration of a database in Unity Catalog. */
export interface CatalogStatus extends Part {
  readonly state: "REGISTERED" | "MISSING" | "UNKNOWN";
  readonly instance?: string;
  readonly database?: string;
}

/** A synced table. */
export interface SyncedTableStatus extends Part {
  readonly instance?: string;
  readonly database?: string;
  readonly policy?: string;
  /** As the service tells it; `MISSING` when there is none, `UNKNOWN` when it could not be asked. */
  readonly state: string;
  /** When rows last arrived, ISO 8601. */
  readonly lastSync?: string;
  /** Seconds since then, by this machine's clock. */
  readonly lagSeconds?: number;
  /** Rows of the last copy, where the service tells them. */
  readonly rows?: number;
}

/** A ConnectivityCheck: what the last deployment or refresh found, and what a check now found. */
export interface VerificationStatus extends Part {
  readonly instance: string;
  readonly database: string;
  readonly outcome: "verified" | "stopped" | "failed";
  /** When the last full check ended, ISO 8601; missing where none ended. */
  readonly checkedAt?: string;
  readonly stages: readonly StageStatus[];
  readonly serverVersion?: string;
  readonly tlsVersion?: string;
  readonly userName?: string;
  /** The check of `--verify`. */
  readonly now?: LiveVerification;
}

/** How long a stage took. */
export interface StageStatus {
  readonly stage: string;
  readonly milliseconds: number;
}

/** A check that was made for this status, and is recorded nowhere. */
export interface LiveVerification {
  readonly outcome: "verified" | "stopped" | "failed";
  /** Stage that failed. */
  readonly failedStage?: string;
  readonly stages: readonly StageStatus[];
  readonly sessions?: Sessions;
}

/** Connections to an instance's server; numbers only. */
export interface Sessions {
  readonly total: number;
  /** As many as the server takes. */
  readonly limit: number;
  readonly byRole: readonly { readonly role: string; readonly application: string; readonly count: number }[];
}

/** Counts of credentials; never one of them. */
export interface Credentials {
  /** Asked for by this look. */
  readonly minted: number;
  /** Credentials in the stack's state: always 0, and a credential found there makes the status fail. */
  readonly inState: number;
}

/** A look at a stack. */
export interface StackStatus {
  readonly schemaVersion: typeof statusSchemaVersion;
  /** When it was looked, ISO 8601. */
  readonly takenAt: string;
  readonly stack: {
    readonly name: string;
    readonly project: string;
    /** When the state was written, ISO 8601. */
    readonly deployedAt?: string;
    /** Operations that an interrupted deployment left open. */
    readonly pendingOperations: number;
  };
  /** The gravest level of all parts. */
  readonly verdict: Level;
  readonly workspaces: readonly string[];
  readonly instances: readonly InstanceStatus[];
  readonly catalogs: readonly CatalogStatus[];
  readonly syncedTables: readonly SyncedTableStatus[];
  readonly verifications: readonly VerificationStatus[];
  readonly credentials: Credentials;
}

/** The gravest of them. */
export function gravest(all: readonly Level[]): Level {
  return levels[Math.max(0, ...all.map((level) => levels.indexOf(level)))]!;
}
