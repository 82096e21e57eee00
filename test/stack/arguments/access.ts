// Rows of LakebaseAccess.
import { request } from "./instances.ts";
import { reach } from "./reach.ts";
import type { Place, Unit } from "./table.ts";

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
