// What the workspace's REST API returns, in this project's spelling.
import { inspect } from "node:util";

/** States that the service documents; it may return others, which are then transitional. */
export type KnownInstanceState =
  | "STARTING"
  | "AVAILABLE"
  | "UPDATING"
  | "STOPPED"
  | "FAILING_OVER"
  | "DELETING"
  | "UPGRADING";

/** State of an instance; an unknown value is a transitional state, never an error. */
// `string & {}` keeps the known values in an editor's completion.
export type InstanceState = KnownInstanceState | (string & {});

/** A Lakebase database instance as the workspace describes it. */
export interface DatabaseInstance {
  name: string;
  uid: string;
  state: InstanceState;
  /** Capacity tier, such as `CU_1`. */
  capacity?: string;
  /** DNS name for reading and writing; missing until the service has assigned it. */
  readWriteDns?: string;
  /** DNS name of the readable secondaries; missing without them. */
  readOnlyDns?: string;
  creator?: string;
  creationTime?: string;
  pgVersion?: string;
  nodeCount?: number;
  stopped?: boolean;
  readableSecondaries?: boolean;
  pgNativeLogin?: boolean;
  retentionWindowInDays?: number;
  usagePolicyId?: string;
  /** Key to text; missing where the answer does not tell tags at all. */
  customTags?: Record<string, string>;
  /** Name of the instance that this one was restored from. */
  parentName?: string;
  /** The point in time that it was restored to, where one was given. */
  parentBranchTime?: string;
  /** Names of the instances that were restored from this one. */
  childNames: string[];
}

/** Settings of an instance that can be changed in place. */
export type InstanceChanges = Pick<
  DatabaseInstance,
  | "capacity"
  | "nodeCount"
  | "readableSecondaries"
  | "pgNativeLogin"
  | "retentionWindowInDays"
  | "usagePolicyId"
  | "customTags"
>;

/** A Unity Catalog catalog over a database of an instance. */
export interface DatabaseCatalog {
  name: string;
  instanceName: string;
  databaseName: string;
  uid?: string;
}

/** Who the workspace takes the caller for. */
export interface CurrentUser {
  /** E-mail address of a person, application id of a service principal: also the name in Postgres. */
  userName: string;
  id: string;
  displayName?: string;
}

/** A database credential. The token shows in no log, no JSON and no inspection; read it with `.token`. */
export class DatabaseCredential {
  readonly #token: string;
  /** When logging in with the token ends to work; sessions opened before live on. */
  readonly expiresAt: Date;
  /** The request id that it was asked for with. */
  readonly requestId: string;

  constructor(token: string, expiresAt: Date, requestId: string) {
    this.#token = token;
    this.expiresAt = expiresAt;
    this.requestId = requestId;
  }

  /** The password for Postgres. */
  get token(): string {
    return this.#token;
  }

  toJSON(): { token: string; expiresAt: Date; requestId: string } {
    return { token: "[secret]", expiresAt: this.expiresAt, requestId: this.requestId };
  }

  toString(): string {
    return `DatabaseCredential(token [secret], expires ${this.expiresAt.toISOString()})`;
  }

  [inspect.custom](): string {
    return this.toString();
  }
}
