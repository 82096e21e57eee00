// Rows of LakebaseAccess, ConnectivityCheck and LakebaseApp.
import { request, same } from "./instances.ts";
import type { Place, Row, Unit } from "./table.ts";

/** How the database is reached: none of it is sent, and each is changed to another way to the same place. */
const reach = (owner: string, { apiUrl, ports, caFiles }: Place): Row[] => [
  // Without it the service's own port is meant, where nothing listens here.
  {
    argument: `${owner}.port`,
    values: [...ports, ports[1]],
    shown: new RegExp(`port *: ${ports[0]} => ${ports[1]}`),
  },
  {
    argument: `${owner}.sslRootCert`,
    values: [...caFiles, caFiles[1]],
    shown: /sslRootCert *: ".*" => ".*"/,
  },
  {
    argument: `${owner}.hostAddress`,
    values: ["127.0.0.1", "::ffff:127.0.0.1"],
    shown: /hostAddress *: "127\.0\.0\.1" => "::ffff:127\.0\.0\.1"/,
    reset: /- hostAddress/,
  },
  {
    argument: `${owner}.workspaceHost`,
    values: [apiUrl, apiUrl.replace("127.0.0.1", "localhost")],
    shown: /workspaceHost *: "http:\/\/127.* => "http:\/\/localhost/,
    reset: /- workspaceHost/,
  },
  {
    argument: `${owner}.profile`,
    values: ["one", "two"],
    shown: /profile *: "one" => "two"/,
    reset: /- profile/,
  },
  {
    argument: `${owner}.instanceUid`,
    values: ["uid-1", "uid-2"],
  },
];

const permissions = "/api/2.0/permissions/database-instances";
const ann = { name: "ann@example.com", type: "USER" };
const may = (level: string, user: string = ann.name): object => ({
  access_control_list: [{ user_name: user, permission_level: level }],
});

/** What `ann` may do, as PostgreSQL says. */
const privileges = `SELECT has_table_privilege('${ann.name}', 'public.facts', 'SELECT') AS reads,
  has_table_privilege('${ann.name}', 'public.facts', 'DELETE') AS deletes,
  has_table_privilege('${ann.name}', 'sales.deals', 'INSERT') AS inserts,
  has_database_privilege('${ann.name}', current_database(), 'CREATE') AS creates,
  pg_has_role('${ann.name}', 'databricks_superuser', 'MEMBER') AS super`;

export const accessUnits = (place: Place): Unit[] => {
  const [port, sslRootCert] = [place.ports[0], place.caFiles[0]];
  return [
    {
      component: "LakebaseAccess",
      name: "access-principals",
      args: { instanceName: "source", port, sslRootCert },
      after: ["source"],
      rows: [
        {
          argument: "LakebaseAccessArgs.principals",
          values: [
            [
              {
                ...ann,
                workspacePermission: "CAN_USE",
                databricksSuperuser: false,
                databasePrivileges: ["CONNECT"],
                grants: [{ preset: "reader" }],
                syncedTables: ["any.sales.deals"],
              },
              { name: "analysts", type: "GROUP", workspacePermission: "NONE" },
            ],
            [
              {
                ...ann,
                workspacePermission: "CAN_MANAGE",
                databricksSuperuser: true,
                databasePrivileges: ["CONNECT", "CREATE"],
                grants: [
                  { preset: "writer", futureTablesOf: ["makers"] },
                  { schema: "sales", tables: ["deals"], privileges: ["INSERT"] },
                ],
              },
              { name: "bob@example.com", type: "USER", workspacePermission: "NONE" },
            ],
            [ann],
          ],
          shown: /- *\[1\]|name *: "analysts" => "bob@example\.com"/,
          reset: /- databricksSuperuser *: true/,
        },
        { argument: "LakebasePrincipalArgs.name", shown: /name *: "analysts" => "bob@example\.com"/ },
        { argument: "LakebasePrincipalArgs.type", shown: /type *: "GROUP" => "USER"/ },
        {
          argument: "LakebasePrincipalArgs.workspacePermission",
          shown: /level *: "CAN_USE" => "CAN_MANAGE"/,
          reset: /level *: "CAN_MANAGE" => "CAN_USE"/,
        },
        {
          argument: "LakebasePrincipalArgs.databricksSuperuser",
          shown: /databricksSuperuser *: false => true/,
          reset: /- databricksSuperuser *: true/,
        },
        {
          argument: "LakebasePrincipalArgs.databasePrivileges",
          shown: /\+ \[1\] *: "CREATE"/,
          reset: /- databasePrivileges/,
        },
        { argument: "LakebasePrincipalArgs.syncedTables", shown: /- syncedTables/ },
        { argument: "LakebasePrincipalArgs.grants", shown: /\+ \[1\] *: \{/, reset: /- grants/ },
        { argument: "LakebaseGrantArgs.preset", shown: /preset *: "reader" => "writer"/ },
        { argument: "LakebaseGrantArgs.futureTablesOf", shown: /\+ futureTablesOf/ },
        { argument: "LakebaseGrantArgs.schema", shown: /\+ schema *: "sales"/ },
        { argument: "LakebaseGrantArgs.tables", shown: /\+ tables/ },
        { argument: "LakebaseGrantArgs.privileges", shown: /\+ privileges/ },
      ],
      asked: [
        [request("PATCH", `${permissions}/source`, may("CAN_USE"))],
        [
          request("PATCH", `${permissions}/source`, may("CAN_MANAGE")),
          /^(POST|PATCH) .*\/instances\/source\/roles/,
        ],
        [
          request("PATCH", `${permissions}/source`, may("CAN_USE")),
          /^(POST|PATCH|DELETE) .*\/instances\/source\/roles/,
        ],
      ],
      seen: {
        on: "source",
        sql: privileges,
        rows: [
          [{ reads: true, deletes: false, inserts: false, creates: false, super: false }],
          [{ reads: true, deletes: true, inserts: true, creates: true, super: true }],
          [{ reads: false, deletes: false, inserts: false, creates: false, super: false }],
        ],
      },
    },
    {
      component: "LakebaseAccess",
      name: "access-instance",
      args: { port, sslRootCert, principals: [{ name: "bob@example.com", type: "USER" }] },
      after: ["by-time", "by-lsn"],
      rows: [
        {
          argument: "LakebaseAccessArgs.instanceName",
          values: ["by-time", "by-lsn", "by-lsn"],
          shown: /\+-.*instanceName *: "by-time" => "by-lsn"/s,
        },
      ],
      asked: [
        [request("PATCH", `${permissions}/by-time`, may("CAN_USE", "bob@example.com"))],
        [/^PUT .*\/by-time /, request("PATCH", `${permissions}/by-lsn`, may("CAN_USE", "bob@example.com"))],
        [],
      ],
    },
    {
      component: "LakebaseAccess",
      name: "access-database",
      args: {
        instanceName: "source",
        principals: [{ ...ann, workspacePermission: "NONE", grants: [{ preset: "reader" }] }],
      },
      after: ["source", "access-principals"],
      rows: [
        {
          argument: "LakebaseAccessArgs.databaseName",
          values: ["one", "two", "two"],
          shown: /\+-.*databaseName *: "one" => "two"/s,
        },
        ...reach("LakebaseAccessArgs", place),
        {
          argument: "LakebaseAccessArgs.trigger",
          values: ["a", "b"],
          shown: /trigger *: "a" => "b"/,
          reset: /- trigger/,
        },
      ],
      asked: [[], [], []],
      seen: {
        on: "source",
        database: "two",
        sql: `SELECT has_schema_privilege('${ann.name}', 'public', 'USAGE') AS uses, has_table_privilege('${ann.name}', 'public.facts', 'SELECT') AS reads`,
        rows: [[{ uses: true, reads: false }], [{ uses: true, reads: true }], [{ uses: true, reads: true }]],
      },
    },
    {
      component: "LakebaseAccess",
      name: "access-rest",
      args: {
        instanceName: "source",
        port,
        sslRootCert,
        principals: [{ name: "bob@example.com", type: "USER", workspacePermission: "NONE" }],
      },
      after: ["access-principals"],
      rows: [
        {
          argument: "LakebaseAccessArgs.deadlineSeconds",
          values: [500, 501],
          shown: /deadlineSeconds *: 500 => 501/,
          reset: /- deadlineSeconds/,
        },
        // While it stays stopped, nothing else of it can be changed: refused in a preview of its own.
        {
          argument: "LakebaseAccessArgs.stopped",
          values: [false, true],
          shown: /stopped *: false => true/,
          reset: /- stopped *: true/,
        },
      ],
      asked: [[], [], []],
    },
  ];
};

const table = { name: "public.facts", minimumRows: 1, maximumAgeSeconds: 100_000, timestampColumn: "at" };

/** Checks read only: nothing is ever changed by them. */
export const checkUnits = (place: Place): Unit[] => {
  const [port, sslRootCert] = [place.ports[0], place.caFiles[0]];
  return [
    {
      component: "ConnectivityCheck",
      name: "check-place",
      args: {},
      after: ["by-time", "by-lsn"],
      rows: [
        {
          argument: "ConnectivityCheckArgs.instanceName",
          values: ["by-time", "by-lsn", "by-lsn"],
          shown: /instanceName *: "by-time" => "by-lsn"/,
        },
        {
          argument: "ConnectivityCheckArgs.databaseName",
          values: ["one", "two"],
          shown: /databaseName *: "one" => "two"/,
          reset: /databaseName *: "two" => "databricks_postgres"/,
        },
        {
          argument: "ConnectivityCheckArgs.capacity",
          values: ["CU_1", "CU_2"],
          shown: /capacity *: "CU_1" => "CU_2"/,
          reset: /- capacity/,
        },
        ...reach("ConnectivityCheckArgs", place),
        {
          argument: "ConnectivityCheckArgs.trigger",
          values: ["a", "b"],
          shown: /trigger *: "a" => "b"/,
          reset: /- trigger/,
        },
        {
          argument: "ConnectivityCheckArgs.tables",
          values: [
            [table],
            [{ ...table, minimumRows: 2, maximumAgeSeconds: 200_000, timestampColumn: "also_at" }],
          ],
          shown: /minimumRows *: 1 => 2/,
          reset: /- tables/,
        },
        { argument: "ExpectedTableArgs.name", reset: /- *name *: "public\.facts"/ },
        { argument: "ExpectedTableArgs.minimumRows", shown: /minimumRows *: 1 => 2/ },
        { argument: "ExpectedTableArgs.maximumAgeSeconds", shown: /maximumAgeSeconds *: 100000 => 200000/ },
        { argument: "ExpectedTableArgs.timestampColumn", shown: /timestampColumn *: "at" => "also_at"/ },
      ],
      asked: [[], [], []],
    },
    {
      component: "ConnectivityCheck",
      name: "check-stopped",
      args: { instanceName: "source", port, sslRootCert },
      after: ["source"],
      rows: [
        {
          argument: "ConnectivityCheckArgs.stopped",
          values: [false, true],
          shown: /stopped *: false => true/,
          reset: /- stopped/,
        },
      ],
      asked: [[], [], []],
    },
    {
      component: "ConnectivityCheck",
      name: "check-deadline",
      args: { instanceName: "source", port, sslRootCert },
      after: ["source"],
      rows: [{ argument: "ConnectivityCheckArgs.deadlineSeconds", values: [500, 501] }],
      asked: [[], [], []],
    },
  ];
};

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
