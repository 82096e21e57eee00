// Rows of SyncedTable, SyncedTables and LakebaseDatabase.
import { create, request } from "./instances.ts";
import type { Place, Row, Unit } from "./table.ts";

const collection = "/api/2.0/database/synced_tables";
const made = (name: string, ...parts: string[]): RegExp =>
  new RegExp(
    `^POST ${collection} (?=.*"name":"${name.replaceAll(".", "\\.")}")${parts.map((part) => `(?=.*${part})`).join("")}`,
  );
/** The rows go first, then the provider says it once more. */
const removed = (name: string): string[] =>
  ["?purge_data=true", "?"].map((query) => request("DELETE", `${collection}/${name}${query}`));

const job = (what: string): RegExp => new RegExp(`^POST /api/2\\.\\d/jobs/${what} `);
const nightly = { cron: "0 0 3 * * ?" };

const storage = { storageCatalog: "main", storageSchema: "gold" };
const customers = { source: "main.gold.customers", primaryKey: ["customer_id"] };
const revenue = { source: "main.gold.daily_revenue", primaryKey: ["day", "region"] };

/** Tables of a registered catalog, `operational`, on the source instance. */
export const tableUnits = ({ ports, caFiles }: Place): Unit[] => {
  const reach = { port: ports[0], sslRootCert: caFiles[0] };
  const replaced: Row[] = [
    {
      argument: "SyncedTableArgs.name",
      values: ["operational.copies.one", "operational.copies.two", "operational.copies.two"],
      shown: /\+-.*name *: "operational\.copies\.one" => "operational\.copies\.two"/s,
    },
    {
      argument: "SyncedTableArgs.source",
      values: [customers.source, revenue.source, revenue.source],
      shown: /sourceTableFullName *: "main\.gold\.customers" => "main\.gold\.daily_revenue"/,
    },
    {
      argument: "SyncedTableArgs.primaryKey",
      values: [customers.primaryKey, revenue.primaryKey, revenue.primaryKey],
      shown: /\[0\] *: "customer_id" => "day"/,
    },
    {
      argument: "SyncedTableArgs.policy",
      values: ["SNAPSHOT", "TRIGGERED"],
      shown: /schedulingPolicy *: "SNAPSHOT" => "TRIGGERED"/,
      reset: /schedulingPolicy *: "TRIGGERED" => "SNAPSHOT"/,
    },
    {
      argument: "SyncedTableArgs.createDatabaseObjectsIfMissing",
      values: [true, false],
      shown: /createDatabaseObjectsIfMissing *: true => false/,
      reset: /createDatabaseObjectsIfMissing *: false => true/,
    },
    {
      argument: "SyncedTableArgs.timeseriesKey",
      values: [undefined, "loaded_at"],
      shown: /\+ timeseriesKey *: "loaded_at"/,
      reset: /- timeseriesKey/,
    },
    {
      argument: "SyncedTableArgs.typeOverrides",
      values: [
        [{ columnName: "name", pgType: "PG_SPECIFIC_TYPE_VARCHAR", size: 200 }],
        [{ columnName: "region", pgType: "PG_SPECIFIC_TYPE_VARCHAR", size: 100 }],
      ],
      shown: /columnName *: "name" => "region"/,
      reset: /- typeOverrides/,
    },
    { argument: "TypeOverrideArgs.columnName", shown: /columnName *: "name" => "region"/ },
    { argument: "TypeOverrideArgs.size", shown: /size *: 200 => 100/ },
    { argument: "TypeOverrideArgs.pgType", reset: /- pgType *: "PG_SPECIFIC_TYPE_VARCHAR"/ },
    {
      argument: "SyncedTableArgs.acceleratedSync",
      values: [undefined, true],
      shown: /\+ acceleratedSync *: true/,
      reset: /- acceleratedSync/,
    },
  ];
  return [
    {
      component: "LakebaseCatalog",
      name: "operational",
      args: { name: "operational", instanceName: "source" },
      after: ["source"],
      rows: [],
      asked: [[/^POST .*\/catalogs .*"operational"/], [], []],
    },
    {
      component: "SyncedTable",
      name: "table-replaced",
      args: { ...storage, ...reach },
      after: ["operational"],
      rows: replaced,
      asked: [
        [made("operational.copies.one", '"source_table_full_name":"main.gold.customers"', '"size":200')],
        [
          ...removed("operational.copies.one"),
          made(
            "operational.copies.two",
            '"accelerated_sync":true',
            '"create_database_objects_if_missing":false',
            '"primary_key_columns":\\["day","region"\\]',
            '"scheduling_policy":"TRIGGERED"',
            '"timeseries_key":"loaded_at"',
            '"size":100',
          ),
        ],
        [
          ...removed("operational.copies.two"),
          made("operational.copies.two", '"scheduling_policy":"SNAPSHOT"'),
        ],
      ],
    },
    {
      component: "SyncedTable",
      name: "table-created",
      args: { name: "operational.copies.kept", ...customers },
      after: ["operational"],
      rows: [
        // Only looked at when the table is created: a change moves nothing.
        { argument: "SyncedTableArgs.storageCatalog", values: ["main", "other", "other"] },
        { argument: "SyncedTableArgs.storageSchema", values: ["gold", "silver", "silver"] },
        { argument: "SyncedTableArgs.budgetPolicyId", values: ["budget-1", "budget-2"] },
      ],
      asked: [
        [
          made(
            "operational.copies.kept",
            '"budget_policy_id":"budget-1"',
            '"storage_catalog":"main"',
            '"storage_schema":"gold"',
          ),
        ],
        [],
        [],
      ],
    },
    {
      component: "SyncedTable",
      name: "table-settings",
      args: { name: "operational.copies.indexed", ...customers, ...storage },
      after: ["operational"],
      rows: [
        {
          argument: "SyncedTableArgs.indexes",
          values: [
            [
              {
                columns: ["name"],
                name: "by_name",
                method: "btree",
                include: ["customer_id"],
                operatorClass: "text_ops",
              },
            ],
            [{ columns: ["customer_id"], name: "by_id", method: "hash" }],
          ],
          shown: /columns.*\[0\] *: "name" => "customer_id"/s,
          reset: /- indexes/,
        },
        {
          argument: "SyncedTableArgs.refreshSchedule",
          values: [nightly, { cron: "0 0 4 * * ?", timezone: "Europe/Berlin", paused: true }],
          shown: /quartzCronExpression *: "0 0 3 \* \* \?" => "0 0 4 \* \* \?"/,
          reset: /- .*job:Job.*delete/,
        },
        { argument: "RefreshScheduleArgs.cron", shown: /quartzCronExpression *: "0 0 3 \* \* \?" => "0 0 4/ },
        { argument: "RefreshScheduleArgs.timezone", shown: /timezoneId *: "UTC" => "Europe\/Berlin"/ },
        { argument: "RefreshScheduleArgs.paused", shown: /pauseStatus *: "UNPAUSED" => "PAUSED"/ },
        { argument: "SyncedTableIndexArgs.columns", shown: /\[0\] *: "name" => "customer_id"/ },
        { argument: "SyncedTableIndexArgs.name", shown: /name *: "by_name" => "by_id"/ },
        { argument: "SyncedTableIndexArgs.method", shown: /method *: "btree" => "hash"/ },
        { argument: "SyncedTableIndexArgs.operatorClass", shown: /- operatorClass/ },
        { argument: "SyncedTableIndexArgs.include", shown: /- include/ },
        {
          argument: "SyncedTableArgs.onDelete",
          values: ["purge", "keep"],
          shown: /onDelete *: "purge" => "keep"/,
          reset: /onDelete *: "keep" => "purge"/,
        },
        {
          argument: "SyncedTableArgs.port",
          values: [...ports, ports[1]],
          shown: new RegExp(`port *: ${ports[0]} => ${ports[1]}`),
        },
        {
          argument: "SyncedTableArgs.sslRootCert",
          values: [...caFiles, caFiles[1]],
          shown: /sslRootCert *: ".*" => ".*"/,
        },
        {
          argument: "SyncedTableArgs.deadlineSeconds",
          values: [500, 501],
          shown: /deadlineSeconds *: 500 => 501/,
          reset: /- deadlineSeconds/,
        },
      ],
      asked: [[made("operational.copies.indexed"), job("create")], [job("reset")], [job("delete")]],
      seen: {
        on: "source",
        sql: "SELECT indexname::text AS name FROM pg_indexes WHERE tablename = 'indexed' AND indexname LIKE 'by_%'",
        rows: [[{ name: "by_name" }], [{ name: "by_id" }], []],
      },
    },
    {
      component: "SyncedTable",
      name: "table-standard",
      args: { name: "main.gold.customers_copy", ...customers },
      after: ["by-time", "by-lsn"],
      rows: [
        {
          argument: "SyncedTableArgs.instanceName",
          values: ["by-time", "by-lsn", "by-lsn"],
          shown: /\+-.*databaseInstanceName *: "by-time" => "by-lsn"/s,
        },
        {
          argument: "SyncedTableArgs.databaseName",
          values: ["one", "two", "two"],
          shown: /logicalDatabaseName *: "one" => "two"/,
        },
      ],
      asked: [
        [
          made(
            "main.gold.customers_copy",
            '"database_instance_name":"by-time"',
            '"logical_database_name":"one"',
          ),
        ],
        [
          ...removed("main.gold.customers_copy"),
          made(
            "main.gold.customers_copy",
            '"database_instance_name":"by-lsn"',
            '"logical_database_name":"two"',
          ),
        ],
        [],
      ],
    },
    {
      component: "SyncedTables",
      name: "tables",
      after: ["operational"],
      rows: [
        {
          argument: "SyncedTablesArgs.tables",
          values: [
            [
              { name: "operational.many.a", ...customers, pipeline: "shared" },
              { name: "operational.many.b", ...revenue, policy: "SNAPSHOT", pipeline: "shared" },
            ],
            [
              { name: "operational.many.a", ...customers, pipeline: "other" },
              { name: "operational.many.c", ...revenue, policy: "TRIGGERED" },
            ],
            [],
          ],
          shown: /- .*DatabaseSyncedDatabaseTable.*delete/,
          reset: /- .*DatabaseSyncedDatabaseTable.*delete/,
        },
        {
          argument: "SyncedTablesArgs.refreshSchedules",
          values: [{ shared: nightly }, { other: nightly }],
          shown: /- .*job:Job.*delete/,
          reset: /- .*job:Job.*delete/,
        },
        { argument: "PackedSyncedTableArgs.name", shown: /\+ .*name *: "operational\.many\.c"/s },
        { argument: "PackedSyncedTableArgs.policy", shown: /schedulingPolicy *: "TRIGGERED"/ },
        // A table that exists stays in its pipeline; the new name is another pipeline's.
        { argument: "PackedSyncedTableArgs.pipeline", shown: /tables-other/ },
        // Given to every table but the first of a pipeline; only looked at when the table is created.
        { argument: "SyncedTableArgs.existingPipelineId" },
        { argument: "SyncedTablesArgs.storageCatalog", values: ["main", "main", "main"] },
        { argument: "SyncedTablesArgs.storageSchema", values: ["gold", "silver"] },
        { argument: "SyncedTablesArgs.port", values: [...ports, ports[1]] },
        { argument: "SyncedTablesArgs.sslRootCert", values: [...caFiles, caFiles[1]] },
        // New tables are packed by it; those that exist never move.
        { argument: "SyncedTablesArgs.pipelineLimits", values: [{ SNAPSHOT: 5 }, { SNAPSHOT: 1 }] },
      ],
      asked: [
        [
          made("operational.many.a", '"storage_schema":"gold"'),
          made("operational.many.b", '"existing_pipeline_id":'),
          job("create"),
        ],
        [
          ...removed("operational.many.b"),
          made("operational.many.c", '"storage_schema":"silver"'),
          job("delete"),
          job("create"),
        ],
        [...removed("operational.many.a"), ...removed("operational.many.c"), job("delete")],
      ],
    },
  ];
};

const register = (name: string, database: string, isMade: boolean): string =>
  request("POST", "/api/2.0/database/catalogs", {
    create_database_if_not_exists: isMade,
    database_instance_name: "database",
    database_name: database,
    name,
  });
const unregister = (name: string): string => request("DELETE", `/api/2.0/database/catalogs/${name}?`);
const person = { name: "ann@example.com", type: "USER", workspacePermission: "NONE" };

/** A database with all its parts; what it hands on to its instance is the instance's. */
export const databaseUnits = ({ ports, caFiles, apiUrl }: Place): Unit[] => {
  const argument = (name: string): string => `LakebaseDatabaseArgs.${name}`;
  const table = (catalog: string) => ({ name: `${catalog}.gold.customers`, ...customers, ...storage });
  return [
    {
      component: "LakebaseDatabase",
      name: "database",
      args: { name: "database", port: ports[0] },
      rows: [
        {
          argument: argument("databaseName"),
          values: ["app", "postgres"],
          shown: /databaseName *: "app" => "postgres"/,
          reset: /databaseName *: "postgres" => "databricks_postgres"/,
        },
        {
          argument: argument("catalogName"),
          values: ["shop", "store"],
          shown: /\+-.*name *: "shop" => "store"/s,
          reset: /- .*DatabaseDatabaseCatalog.*delete/,
        },
        { argument: argument("createDatabaseIfNotExists"), values: [true, false] },
        {
          argument: argument("principals"),
          values: [
            [{ ...person, grants: [{ preset: "reader" }] }],
            [{ ...person, grants: [{ preset: "writer" }] }],
          ],
          shown: /preset *: "reader" => "writer"/,
          reset: /- .*DatabaseAccess.*delete/,
        },
        {
          argument: argument("syncedTables"),
          values: [[table("shop")], [table("store")], []],
          shown: /- .*DatabaseSyncedDatabaseTable.*delete/,
          reset: /- .*DatabaseSyncedDatabaseTable.*delete/,
        },
        {
          argument: argument("refreshSchedules"),
          values: [{ "snapshot-1": nightly }, { "snapshot-1": { cron: "0 0 4 * * ?" } }],
          shown: /quartzCronExpression *: "0 0 3 \* \* \?" => "0 0 4/,
          reset: /- .*job:Job.*delete/,
        },
        {
          argument: argument("verificationTrigger"),
          values: ["a", "b"],
          shown: /trigger *: "a" => "b"/,
          reset: /- trigger/,
        },
        {
          argument: argument("sslRootCert"),
          values: [...caFiles, caFiles[1]],
          shown: /sslRootCert *: ".*" => ".*"/,
        },
        // Only told to applications.
        { argument: argument("workspaceHost"), values: [apiUrl, "http://other.example"] },
      ],
      asked: [
        [
          create({ name: "database" }),
          register("shop", "app", true),
          made("shop.gold.customers"),
          job("create"),
        ],
        [
          unregister("shop"),
          register("store", "postgres", false),
          ...removed("shop.gold.customers"),
          made("store.gold.customers"),
          job("reset"),
        ],
        [...removed("store.gold.customers"), unregister("store"), job("delete")],
      ],
    },
    {
      component: "LakebaseDatabase",
      name: "unproven",
      args: { name: "unproven", capacity: "CU_1", port: ports[0], sslRootCert: caFiles[0] },
      rows: [
        {
          argument: argument("verify"),
          values: [true, false],
          shown: /- .*ConnectivityCheck.*delete/,
          reset: /\+ .*ConnectivityCheck.*create/,
        },
      ],
      asked: [[create({ name: "unproven" })], [], []],
    },
  ];
};
