// The resources that a review knows: what each is called, and which of its properties may be shown at all.

/** What a resource is in the picture of Lakebase. */
export type Kind =
  | "instance"
  | "power"
  | "helper"
  | "catalog"
  | "synced-table"
  | "app"
  | "sync-ready"
  | "refresh-job"
  | "permissions"
  | "own-permissions"
  | "database-access"
  | "grant"
  | "grants"
  | "check"
  | "project"
  | "branch"
  | "endpoint"
  | "database"
  | "role"
  | "storage-catalog"
  | "storage-schema"
  | "secret"
  | "other";

/** How a kind of resource is told. */
export interface KindDescription {
  readonly kind: Kind;
  /** Its name in a sentence. */
  readonly title: string;
  /** Input that holds its name at the service; the Pulumi name is shown where it has none. */
  readonly nameFrom?: string;
  /**
   * Inputs that may be shown, with the words for each. A dot leads into an object. Nothing else is ever read into
   * the model: not `__provider`, not a secret's value, not an output.
   */
  readonly shown: Readonly<Record<string, string>>;
}

const spec = (names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [`spec.${name}`, words(name)]));

function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

const syncedTableSpec = spec([
  "sourceTableFullName",
  "primaryKeyColumns",
  "schedulingPolicy",
  "timeseriesKey",
  "existingPipelineId",
  "createDatabaseObjectsIfMissing",
]);

const instanceShown = {
  name: "name",
  capacity: "capacity",
  nodeCount: "nodes",
  stopped: "stopped",
  enableReadableSecondaries: "readable secondaries",
  enablePgNativeLogin: "login with passwords",
  retentionWindowInDays: "recovery window in days",
  customTags: "tags",
  usagePolicyId: "usage policy",
  "parentInstanceRef.name": "cloned from",
  "parentInstanceRef.branchTime": "cloned at",
  "parentInstanceRef.lsn": "cloned at log position",
  purgeOnDelete: "purge on delete",
  "providerConfig.workspaceId": "workspace",
};

/** By the type's last part; a type not in here is counted and named, and none of its properties is shown. */
export const kinds: Readonly<Record<string, KindDescription>> = {
  "databricks:DatabaseInstance": {
    kind: "instance",
    title: "instance",
    nameFrom: "name",
    shown: instanceShown,
  },
  "dynamic:InstancePower": {
    kind: "power",
    title: "power and settings of instance",
    nameFrom: "instanceName",
    shown: {
      stopped: "stopped",
      "settings.capacity": "capacity",
      "settings.nodeCount": "nodes",
      "settings.enableReadableSecondaries": "readable secondaries",
      "settings.enablePgNativeLogin": "login with passwords",
      "settings.retentionWindowInDays": "recovery window in days",
      "settings.customTags": "tags",
      "settings.usagePolicyId": "usage policy",
    },
  },
  // These hold nothing of their own.
  "dynamic:InstanceIdentity": {
    kind: "helper",
    title: "guard of instance",
    nameFrom: "instanceName",
    shown: {},
  },
  "dynamic:SyncedTablePipeline": { kind: "helper", title: "pipeline of", nameFrom: "tableName", shown: {} },
  "dynamic:SyncedTableReady": {
    kind: "sync-ready",
    title: "indexes of synced table",
    nameFrom: "tableName",
    shown: { indexes: "indexes", onDelete: "on delete" },
  },
  "databricks:Job": {
    kind: "refresh-job",
    title: "job",
    nameFrom: "name",
    shown: {
      name: "name",
      "schedule.quartzCronExpression": "schedule",
      "schedule.timezoneId": "time zone",
      "schedule.pauseStatus": "paused or not",
      tasks: "tasks",
      maxConcurrentRuns: "runs at the same time",
    },
  },
  "dynamic:InstancePermissions": {
    kind: "own-permissions",
    title: "permissions on instance",
    nameFrom: "instanceName",
    shown: { instanceName: "instance", permissions: "who may do what" },
  },
  "dynamic:DatabaseAccess": {
    kind: "database-access",
    title: "roles and grants in",
    nameFrom: "databaseName",
    shown: { instanceName: "instance", databaseName: "database", principals: "who has what" },
  },
  "databricks:DatabaseDatabaseCatalog": {
    kind: "catalog",
    title: "registered catalog",
    nameFrom: "name",
    shown: { name: "name", databaseInstanceName: "instance", databaseName: "database" },
  },
  "databricks:DatabaseSyncedDatabaseTable": {
    kind: "synced-table",
    title: "synced table",
    nameFrom: "name",
    shown: {
      name: "name",
      databaseInstanceName: "instance",
      logicalDatabaseName: "database",
      ...syncedTableSpec,
    },
  },
  "databricks:App": {
    kind: "app",
    title: "app",
    nameFrom: "name",
    shown: {
      name: "name",
      description: "description",
      computeSize: "compute size",
      noCompute: "without compute",
      "resources.database": "database bindings",
    },
  },
  "databricks:Permissions": {
    kind: "permissions",
    title: "permissions on",
    nameFrom: "databaseInstanceName",
    shown: {
      databaseInstanceName: "instance",
      databaseProjectName: "project",
      appName: "app",
      accessControls: "who may do what",
    },
  },
  "databricks:Grant": {
    kind: "grant",
    title: "grant",
    shown: {
      catalog: "catalog",
      schema: "schema",
      table: "table",
      principal: "principal",
      privileges: "privileges",
    },
  },
  "databricks:Grants": {
    kind: "grants",
    title: "all grants",
    shown: { catalog: "catalog", schema: "schema", table: "table", grants: "who has what" },
  },
  "dynamic:ConnectivityCheck": {
    kind: "check",
    title: "verification of",
    nameFrom: "instanceName",
    shown: {
      instanceName: "instance",
      databaseName: "database",
      stopped: "stopped",
      capacity: "capacity",
      port: "port",
      trigger: "trigger",
    },
  },
  "databricks:PostgresProject": {
    kind: "project",
    title: "project",
    nameFrom: "projectId",
    shown: {
      projectId: "project",
      purgeOnDelete: "purge on delete",
      ...spec(["displayName", "historyRetentionDuration", "pgVersion"]),
    },
  },
  "databricks:PostgresBranch": {
    kind: "branch",
    title: "branch",
    nameFrom: "branchId",
    shown: {
      branchId: "branch",
      parent: "project",
      ...spec([
        "sourceBranch",
        "sourceBranchTime",
        "sourceBranchLsn",
        "ttl",
        "expireTime",
        "noExpiry",
        "isProtected",
      ]),
    },
  },
  "databricks:PostgresEndpoint": {
    kind: "endpoint",
    title: "endpoint",
    nameFrom: "endpointId",
    shown: {
      endpointId: "endpoint",
      parent: "branch",
      ...spec([
        "endpointType",
        "autoscalingLimitMinCu",
        "autoscalingLimitMaxCu",
        "suspendTimeoutDuration",
        "disabled",
      ]),
    },
  },
  "databricks:PostgresDatabase": {
    kind: "database",
    title: "database",
    nameFrom: "databaseId",
    shown: { databaseId: "database", parent: "branch", ...spec(["postgresDatabase", "role"]) },
  },
  "databricks:PostgresRole": {
    kind: "role",
    title: "role",
    nameFrom: "roleId",
    shown: {
      roleId: "role",
      parent: "branch",
      ...spec(["postgresRole", "identityType", "authMethod", "membershipRoles"]),
    },
  },
  "databricks:PostgresCatalog": {
    kind: "catalog",
    title: "registered catalog",
    nameFrom: "catalogId",
    shown: { catalogId: "name", ...spec(["branch", "postgresDatabase"]) },
  },
  "databricks:PostgresSyncedTable": {
    kind: "synced-table",
    title: "synced table",
    nameFrom: "syncedTableId",
    shown: { syncedTableId: "name", ...spec(["branch", "postgresDatabase"]), ...syncedTableSpec },
  },
  "databricks:Catalog": {
    kind: "storage-catalog",
    title: "standard catalog",
    nameFrom: "name",
    shown: { name: "name", forceDestroy: "delete with contents" },
  },
  "databricks:Schema": {
    kind: "storage-schema",
    title: "standard schema",
    nameFrom: "name",
    shown: { name: "name", catalogName: "catalog", forceDestroy: "delete with contents" },
  },
  "databricks:Secret": {
    kind: "secret",
    title: "secret",
    nameFrom: "key",
    shown: { scope: "scope", key: "key" },
  },
};

const otherKind: KindDescription = { kind: "other", title: "", shown: {} };

/** The description of a Pulumi type such as `databricks:index/databaseInstance:DatabaseInstance`. */
export function kindOf(type: string): KindDescription {
  const [packageName = "", module = "", name = ""] = type.split(":");
  const room = packageName === "pulumi-nodejs" && module === "dynamic/lakebase" ? "dynamic" : packageName;
  const key = `${room}:${name}`;
  return Object.hasOwn(kinds, key) ? kinds[key]! : { ...otherKind, title: name || type };
}
