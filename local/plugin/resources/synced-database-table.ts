// The table kept in step with a Unity Catalog table, described.

import type { Attributes, ResourceDescription } from "../framework/description.ts";

const PROGRESS: Attributes = {
  estimatedCompletionTimeSeconds: { type: "number", given: "server" },
  latestVersionCurrentlyProcessing: { type: "integer", given: "server" },
  provisioningPhase: { type: "string", given: "server" },
  syncProgressCompletion: { type: "number", given: "server" },
  syncedRowCount: { type: "integer", given: "server" },
  totalRowCount: { type: "integer", given: "server" },
};

const COMMIT: Attributes = {
  lastProcessedCommitVersion: { type: "integer", given: "server" },
  timestamp: { type: "string", given: "server" },
};

const STATUS: Attributes = {
  continuousUpdateStatus: {
    type: {
      object: { ...COMMIT, initialPipelineSyncProgress: { type: { object: PROGRESS }, given: "server" } },
    },
    given: "server",
  },
  detailedState: { type: "string", given: "server" },
  failedStatus: { type: { object: COMMIT }, given: "server" },
  lastSync: {
    type: {
      object: {
        deltaTableSyncInfo: {
          type: {
            object: {
              deltaCommitTimestamp: { type: "string", given: "server" },
              deltaCommitVersion: { type: "integer", given: "server" },
            },
          },
          given: "server",
        },
        syncEndTimestamp: { type: "string", given: "server" },
        syncStartTimestamp: { type: "string", given: "server" },
      },
    },
    given: "server",
  },
  message: { type: "string", given: "server" },
  pipelineId: { type: "string", given: "server" },
  provisioningStatus: {
    type: { object: { initialPipelineSyncProgress: { type: { object: PROGRESS }, given: "server" } } },
    given: "server",
  },
  triggeredUpdateStatus: {
    type: { object: { ...COMMIT, triggeredUpdateProgress: { type: { object: PROGRESS }, given: "server" } } },
    given: "server",
  },
};

const KEPT = { given: "optional or server", sticky: true, inputOnly: true } as const;

const SPEC: Attributes = {
  acceleratedSync: { type: "boolean", ...KEPT },
  createDatabaseObjectsIfMissing: { type: "boolean", ...KEPT },
  existingPipelineId: { type: "string", ...KEPT },
  newPipelineSpec: {
    type: {
      object: {
        budgetPolicyId: { type: "string", given: "optional" },
        storageCatalog: { type: "string", given: "optional" },
        storageSchema: { type: "string", given: "optional" },
      },
    },
    ...KEPT,
  },
  primaryKeyColumns: { type: { list: "string" }, given: "optional" },
  schedulingPolicy: { type: "string", given: "optional" },
  sourceTableFullName: { type: "string", given: "optional" },
  timeseriesKey: { type: "string", given: "optional" },
  typeOverrides: {
    type: {
      list: {
        object: {
          columnName: { type: "string", given: "required" },
          pgType: { type: "string", given: "required" },
          size: { type: "integer", given: "optional" },
        },
      },
    },
    given: "optional",
  },
};

/** `databricks.DatabaseSyncedDatabaseTable` */
export const SYNCED_DATABASE_TABLE: ResourceDescription = {
  token: "databricks:index/databaseSyncedDatabaseTable:DatabaseSyncedDatabaseTable",
  terraformName: "database_synced_database_table",
  description: "A table of an instance, kept in step with a Unity Catalog table.",
  collection: "/api/2.0/database/synced_tables",
  updateMask: ["database_instance_name", "logical_database_name", "spec"],
  attributes: {
    dataSynchronizationStatus: { type: { object: STATUS }, given: "server", description: "How far it is." },
    databaseInstanceName: { type: "string", ...KEPT, description: "The instance, in a standard catalog." },
    effectiveDatabaseInstanceName: { type: "string", given: "server", description: "The instance in force." },
    effectiveLogicalDatabaseName: { type: "string", given: "server", description: "The database in force." },
    logicalDatabaseName: { type: "string", ...KEPT, description: "The database, in a standard catalog." },
    name: { type: "string", given: "required", sticky: true, description: "catalog.schema.table" },
    spec: { type: { object: SPEC }, given: "optional", description: "Source, keys, policy and pipeline." },
    unityCatalogProvisioningState: {
      type: "string",
      given: "server",
      description: "State in Unity Catalog.",
    },
  },
};
