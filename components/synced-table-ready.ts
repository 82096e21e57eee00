// The dynamic resource that waits for a synced table, makes its indexes, and removes its rows with it.
import * as pulumi from "@pulumi/pulumi";
import { DynamicResource } from "./dynamic-shell.ts";

/** An index of a synced table. A change of any member makes the index anew. */
export interface SyncedTableIndexArgs {
  /** Columns of the key, in this order. */
  columns: pulumi.Input<pulumi.Input<string>[]>;
  /** Name of the index. Default: made of the table's and the columns' names. */
  name?: pulumi.Input<string>;
  /** `btree` (default), `hash`, `gin`, `gist`, `spgist`, `brin`, or the vector extension's `hnsw` and `ivfflat`. */
  method?: pulumi.Input<string>;
  /** Columns stored beside the key, so that reading them needs no look at the table. Default: none. */
  include?: pulumi.Input<pulumi.Input<string>[]>;
  /** Operator class of every column, such as `jsonb_path_ops` or `vector_cosine_ops`. Default: the type's own. */
  operatorClass?: pulumi.Input<string>;
}

/** Arguments of {@link SyncedTableReady}. A change of any other than `tableName` is made in place. */
export interface SyncedTableReadyArgs {
  /**
   * Three-part name of the synced table, from its declared resource. A change replaces it: with `onDelete:
   * "purge"` the old rows go.
   */
  tableName: pulumi.Input<string>;
  /**
   * What the copy is made from, in words: a change waits again and makes the indexes again. Default: not
   * compared.
   */
  declared?: pulumi.Input<string>;
  /** Indexes to make once the first copy is complete. Changed in place. Default: none. */
  indexes?: pulumi.Input<pulumi.Input<SyncedTableIndexArgs>[]>;
  /** `purge` (default) removes the PostgreSQL table with the synced table; `keep` leaves it. */
  onDelete?: pulumi.Input<string>;
  /** Instance of a table in a standard catalog. Default: that of the registered catalog. Only for the preview's check. */
  instanceName?: pulumi.Input<string>;
  /** Instances that the program keeps running, or whose stop it sees to itself. Default: none. Only for that check. */
  instancesSeenTo?: pulumi.Input<pulumi.Input<string>[]>;
  /** TCP port. Default 5432. Only used where there are indexes. */
  port?: pulumi.Input<number>;
  /** File with the certificate authority, relative to the program's folder. Default: the system's authorities. */
  sslRootCert?: pulumi.Input<string>;
  /** Seconds to wait for the first copy. Default 1800. */
  deadlineSeconds?: pulumi.Input<number>;
  /** Any text; a new one waits again and looks at the indexes. Default: none. */
  trigger?: pulumi.Input<string>;
}

/**
 * Ready means: the first copy is complete and the service keeps it up to date. A failure shows the pipeline's own
 * words, is kept in the state, and the next `pulumi up` runs the pipeline again. Refresh tells a table that failed
 * since, or that has lost an index. Deleting it deletes the synced table with its rows, unless told to keep them.
 */
export class SyncedTableReady extends DynamicResource {
  /** Three-part name, available once the table is online. */
  declare readonly tableName: pulumi.Output<string>;
  /** `online`, `failed` or `missing`. */
  declare readonly outcome: pulumi.Output<string>;
  /** Why it is not online; empty otherwise. */
  declare readonly failure: pulumi.Output<string>;
  /** The service's id of the pipeline that fills it. */
  declare readonly pipelineId: pulumi.Output<string>;
  /** State when it had settled, such as `SYNCED_TABLE_ONLINE_NO_PENDING_UPDATE`. */
  declare readonly state: pulumi.Output<string>;
  /** When rows had last arrived, ISO 8601. */
  declare readonly lastSync: pulumi.Output<string>;
  /** Instance that the table is in. */
  declare readonly instance: pulumi.Output<string>;
  /** PostgreSQL database that the table is in. */
  declare readonly database: pulumi.Output<string>;
  /** When it was settled, ISO 8601: a new one whenever the table or an index was made anew. */
  declare readonly settledAt: pulumi.Output<string>;

  constructor(name: string, args: SyncedTableReadyArgs, opts?: pulumi.CustomResourceOptions) {
    const options = pulumi.mergeOptions(opts, { deleteBeforeReplace: true });
    super("syncedTable", "SyncedTableReady", name, { ...undefinedOutputs, ...args }, options);
  }
}

/** Tells Pulumi which outputs there are beyond the inputs. */
const undefinedOutputs = {
  outcome: undefined,
  failure: undefined,
  pipelineId: undefined,
  state: undefined,
  lastSync: undefined,
  instance: undefined,
  database: undefined,
  settledAt: undefined,
};
