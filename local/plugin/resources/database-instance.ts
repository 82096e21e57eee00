// The database instance, described.

import type { Attribute, Attributes, ResourceDescription } from "../framework/description.ts";

const TAG: Attributes = {
  key: { type: "string", given: "optional" },
  value: { type: "string", given: "optional" },
};

const INSTANCE_REF: Attributes = {
  branchTime: { type: "string", given: "optional", description: "Point in time to branch from." },
  effectiveLsn: { type: "string", given: "server" },
  lsn: { type: "string", given: "optional or server", sticky: true, inputOnly: true },
  name: { type: "string", given: "optional", description: "Name of the instance." },
  uid: { type: "string", given: "server" },
};

/** A setting that the service answers only as `effective…`: the program's own value stays in the state. */
function setting(type: Attribute["type"], description: string): Attribute {
  return { type, given: "optional or server", sticky: true, inputOnly: true, description };
}

function output(type: Attribute["type"], description: string): Attribute {
  return { type, given: "server", description };
}

/** Attributes of an instance, shared with the functions that look instances up. */
const DATABASE_INSTANCE_ATTRIBUTES: Attributes = {
  capacity: { type: "string", given: "optional", description: "Size: CU_1, CU_2, CU_4 or CU_8." },
  childInstanceRefs: output({ list: { object: INSTANCE_REF } }, "Instances branched from this one."),
  creationTime: output("string", "When it was created."),
  creator: output("string", "Who created it."),
  customTags: setting({ list: { object: TAG } }, "Tags, in order."),
  effectiveCapacity: output("string", "Size in force."),
  effectiveCustomTags: output({ list: { object: TAG } }, "Tags in force."),
  effectiveEnablePgNativeLogin: output("boolean", "Whether login with a password works."),
  effectiveEnableReadableSecondaries: output("boolean", "Whether secondaries serve reads."),
  effectiveNodeCount: output("integer", "Number of nodes in force."),
  effectiveRetentionWindowInDays: output("integer", "Days of history in force."),
  effectiveStopped: output("boolean", "Whether it is stopped."),
  effectiveUsagePolicyId: output("string", "Usage policy in force."),
  enablePgNativeLogin: setting("boolean", "Whether to allow login with a password."),
  enableReadableSecondaries: setting("boolean", "Whether secondaries serve reads."),
  name: { type: "string", given: "required", sticky: true, description: "Name of the instance." },
  nodeCount: setting("integer", "Number of nodes: one primary and the secondaries."),
  parentInstanceRef: {
    type: { object: INSTANCE_REF },
    given: "optional",
    replaces: true,
    description: "The instance and the moment to branch from.",
  },
  pgVersion: output("string", "PostgreSQL version."),
  purgeOnDelete: {
    type: "boolean",
    given: "optional",
    local: true,
    description: "Ask for deletion for good.",
  },
  readOnlyDns: output("string", "Host name for reads."),
  readWriteDns: output("string", "Host name for reads and writes."),
  retentionWindowInDays: setting("integer", "Days of history to keep, 2 to 35."),
  state: output("string", "State of the instance."),
  stopped: setting("boolean", "Whether to stop it."),
  uid: output("string", "Unique id."),
  usagePolicyId: setting("string", "Usage policy."),
};

/** `databricks.DatabaseInstance` */
export const DATABASE_INSTANCE: ResourceDescription = {
  token: "databricks:index/databaseInstance:DatabaseInstance",
  terraformName: "database_instance",
  description: "A Lakebase database instance.",
  collection: "/api/2.0/database/instances",
  updateMask: [
    "capacity",
    "custom_tags",
    "enable_pg_native_login",
    "enable_readable_secondaries",
    "node_count",
    "retention_window_in_days",
    "stopped",
    "usage_policy_id",
  ],
  deleteQuery: { purge: "purgeOnDelete" },
  wait: { field: ["state"], ready: ["AVAILABLE"], limitMinutes: 20, what: "database_instance to be ready" },
  attributes: DATABASE_INSTANCE_ATTRIBUTES,
};
