// Rows of LakebaseApp.
import { request, same } from "./instances.ts";
import type { Place, Unit } from "./table.ts";

const app = (name: string, body: Record<string, unknown>): RegExp =>
  new RegExp(
    `^PATCH /api/2\\.0/apps/${name} .*${Object.entries(body)
      .map(([key, value]) => `(?=.*${escaped(`"${key}":${JSON.stringify(value)}`)})`)
      .join("")}`,
  );

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

const bound = (on: string, database: string, key: string, others: object[] = []) => [
  {
    database: { database_name: database, instance_name: on, permission: "CAN_CONNECT_AND_CREATE" },
    name: key,
  },
  ...others,
];
const warehouse = (permission: string) => ({ name: "warehouse", sqlWarehouse: { id: "w", permission } });

export const appUnits = (place: Place): Unit[] => {
  const [first, second] = place.appFolders;
  return [
    {
      component: "LakebaseApp",
      name: "app-name",
      args: { instanceName: "source" },
      after: ["source"],
      rows: [
        {
          argument: "LakebaseAppArgs.name",
          values: ["desk-one", "desk-two", "desk-two"],
          shown: /\+-.*name *: "desk-one" => "desk-two"/s,
        },
      ],
      asked: [
        [/^POST \/api\/2\.0\/apps .*"desk-one"/],
        [/^POST \/api\/2\.0\/apps .*"desk-two"/, request("DELETE", "/api/2.0/apps/desk-one?")],
        [],
      ],
    },
    {
      component: "LakebaseApp",
      name: "app-settings",
      args: { name: "till", noCompute: true },
      after: ["source", "by-lsn"],
      rows: [
        {
          argument: "LakebaseAppArgs.instanceName",
          values: ["source", "by-lsn", "by-lsn"],
          shown: /instanceName *: "source" => "by-lsn"/,
        },
        {
          argument: "LakebaseAppArgs.databaseName",
          values: ["one", "two"],
          shown: /databaseName *: "one" => "two"/,
          reset: /databaseName *: "two" => "databricks_postgres"/,
        },
        {
          argument: "LakebaseAppArgs.resourceKey",
          values: ["main", "other"],
          shown: /name *: "main" => "other"/,
          reset: /name *: "other" => "database"/,
        },
        {
          argument: "LakebaseAppArgs.description",
          values: ["before", "after"],
          shown: /description *: "before" => "after"/,
          reset: /- description *: "after"/,
        },
        {
          argument: "LakebaseAppArgs.otherResources",
          values: [[warehouse("CAN_USE")], [warehouse("CAN_MANAGE")]],
          shown: /permission *: "CAN_USE" => "CAN_MANAGE"/,
          reset: /- \[1\] *: \{/,
        },
        {
          argument: "LakebaseAppArgs.userApiScopes",
          values: [["sql"], ["sql", "files"]],
          shown: /\+ \[1\] *: "files"/,
          reset: /- userApiScopes/,
        },
        {
          argument: "LakebaseAppArgs.budgetPolicyId",
          values: ["budget-1", "budget-2"],
          shown: /budgetPolicyId *: "budget-1" => "budget-2"/,
          reset: /- budgetPolicyId/,
        },
        {
          argument: "LakebaseAppArgs.computeSize",
          values: ["MEDIUM", "LARGE"],
          shown: /computeSize *: "MEDIUM" => "LARGE"/,
        },
        { argument: "LakebaseAppArgs.sourceFolder", values: [first, second] },
      ],
      asked: [
        [
          request("POST", "/api/2.0/apps?no_compute=true", {
            budget_policy_id: "budget-1",
            compute_size: "MEDIUM",
            description: "before",
            name: "till",
            resources: bound("source", "one", "main", [
              { name: "warehouse", sql_warehouse: { id: "w", permission: "CAN_USE" } },
            ]),
            user_api_scopes: ["sql"],
          }),
        ],
        [
          app("till", {
            budget_policy_id: "budget-2",
            compute_size: "LARGE",
            description: "after",
            resources: bound("by-lsn", "two", "other", [
              { name: "warehouse", sql_warehouse: { id: "w", permission: "CAN_MANAGE" } },
            ]),
            user_api_scopes: ["sql", "files"],
          }),
        ],
        [app("till", { resources: bound("by-lsn", "databricks_postgres", "database") })],
      ],
    },
    {
      component: "LakebaseApp",
      name: "app-access",
      args: { name: "reader", instanceName: "source" },
      after: ["source"],
      rows: [
        {
          argument: "LakebaseAppArgs.grants",
          values: [[{ preset: "reader" }], [{ preset: "writer" }], [{ preset: "reader" }]],
          shown: /preset *: "reader" => "writer"/,
          reset: /preset *: "writer" => "reader"/,
        },
        {
          argument: "LakebaseAppArgs.syncedTables",
          values: [["any.sales.deals"], []],
          shown: /- *\[0\] *: "any\.sales\.deals"/,
          reset: /- syncedTables/,
        },
        { argument: "LakebaseAppArgs.instanceUid", values: ["uid-1", "uid-2"] },
        {
          argument: "LakebaseAppArgs.port",
          values: [...place.ports, place.ports[1]],
          shown: new RegExp(`port *: ${place.ports[0]} => ${place.ports[1]}`),
        },
        {
          argument: "LakebaseAppArgs.sslRootCert",
          values: [...place.caFiles, place.caFiles[1]],
          shown: /sslRootCert *: ".*" => ".*"/,
        },
        { argument: "LakebaseAppArgs.noCompute", values: [true, false] },
      ],
      asked: [[/^POST \/api\/2\.0\/apps\?no_compute=true .*"reader"/], [], []],
      seen: {
        on: "source",
        sql: `SELECT has_table_privilege(rolname, 'public.facts', 'SELECT') AS reads, has_table_privilege(rolname, 'public.facts', 'DELETE') AS deletes,
          has_table_privilege(rolname, 'sales.deals', 'SELECT') AS reads_synced
          FROM pg_roles WHERE rolname ~ '^[0-9a-f-]{36}$' AND has_table_privilege(rolname, 'public.facts', 'SELECT')`,
        rows: [
          [{ reads: true, deletes: false, reads_synced: true }],
          [{ reads: true, deletes: true, reads_synced: false }],
          [{ reads: true, deletes: false, reads_synced: false }],
        ],
      },
    },
    {
      component: "LakebaseApp",
      name: "app-stopped",
      args: {
        name: "waiting",
        instanceName: "source",
        grants: [{ schema: "sales", preset: "reader" }],
        port: place.ports[0],
        sslRootCert: place.caFiles[0],
        noCompute: true,
      },
      after: ["source"],
      rows: [
        {
          argument: "LakebaseAppArgs.stopped",
          values: same(false),
        },
      ],
      asked: [[/^POST \/api\/2\.0\/apps\?no_compute=true .*"waiting"/], [], []],
    },
  ];
};
