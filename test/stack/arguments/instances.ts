// Rows of LakebaseInstance and LakebaseCatalog.
import type { Place, Row, Unit } from "./table.ts";

const instance = "LakebaseInstanceArgs";
const mask =
  "capacity%2Ccustom_tags%2Cenable_pg_native_login%2Cenable_readable_secondaries%2Cnode_count%2Cretention_window_in_days%2Cstopped%2Cusage_policy_id";

/** A request with exactly this method, path and body. */
export function request(method: string, path: string, body: object | null = null): string {
  return `${method} ${path} ${JSON.stringify(body)}`;
}

const instances = "/api/2.0/database/instances";
const defaults = {
  capacity: "CU_1",
  enable_pg_native_login: false,
  enable_readable_secondaries: false,
  node_count: 1,
  retention_window_in_days: 7,
};
/** What the official provider sends for an instance: the members sorted, the defaults included. */
const body = (settings: Record<string, unknown>): object =>
  Object.fromEntries(
    Object.entries({ ...defaults, ...settings }).sort(([left], [right]) => (left < right ? -1 : 1)),
  );
export const create = (settings: Record<string, unknown>): string =>
  request("POST", instances, body(settings));
export const update = (settings: Record<string, unknown>): string =>
  request("PATCH", `${instances}/${settings.name}?update_mask=${mask}`, body(settings));
export const power = (name: string, stopped: boolean): string =>
  request("PATCH", `${instances}/${name}?update_mask=stopped`, { name, stopped });

/** Settings that are changed in place; several at once are one request. */
const settings: Row[] = [
  {
    argument: `${instance}.capacity`,
    values: ["CU_2", "CU_4"],
    shown: /capacity *: "CU_2" => "CU_4"/,
    reset: /capacity *: "CU_4" => "CU_1"/,
  },
  {
    argument: `${instance}.nodeCount`,
    values: [2, 3],
    shown: /nodeCount *: 2 => 3/,
    reset: /nodeCount *: 3 => 1/,
  },
  {
    argument: `${instance}.enableReadableSecondaries`,
    values: [false, true],
    shown: /enableReadableSecondaries *: false => true/,
    reset: /enableReadableSecondaries *: true => false/,
  },
  {
    argument: `${instance}.enablePgNativeLogin`,
    values: [false, true],
    shown: /enablePgNativeLogin *: false => true/,
    reset: /enablePgNativeLogin *: true => false/,
  },
  {
    argument: `${instance}.retentionWindowInDays`,
    values: [12, 11],
    shown: /retentionWindowInDays *: 12 => 11/,
    reset: /retentionWindowInDays *: 11 => 7/,
  },
  {
    argument: `${instance}.customTags`,
    values: [{ env: "dev" }, { env: "prod", team: "payments" }],
    shown: /env *: "dev" => "prod"/,
    reset: /- team *: "payments"/,
  },
  // Its removal is refused, in a preview of its own.
  {
    argument: `${instance}.usagePolicyId`,
    values: ["policy-1", "policy-2", "policy-2"],
    shown: /usagePolicyId *: "policy-1" => "policy-2"/,
  },
];

/** Instances, each with arguments that do not get into each other's way. */
export const instanceUnits = ({ time, lsn }: Place): Unit[] => [
  {
    component: "LakebaseInstance",
    name: "source",
    args: { name: "source" },
    rows: [
      { argument: `${instance}.adoptExisting`, values: [true, false] },
      // What an import leaves is another test's; a change of it changes nothing where the settings are in force.
      { argument: `${instance}.imported`, values: [false, true, true] },
    ],
    asked: [[update({ name: "source" })], [], []],
  },
  {
    component: "LakebaseInstance",
    name: "settings",
    args: { name: "settings" },
    rows: settings,
    asked: [
      [
        create({
          name: "settings",
          capacity: "CU_2",
          node_count: 2,
          retention_window_in_days: 12,
          custom_tags: [{ key: "env", value: "dev" }],
          usage_policy_id: "policy-1",
        }),
      ],
      [
        update({
          name: "settings",
          capacity: "CU_4",
          node_count: 3,
          enable_readable_secondaries: true,
          enable_pg_native_login: true,
          retention_window_in_days: 11,
          custom_tags: [
            { key: "env", value: "prod" },
            { key: "team", value: "payments" },
          ],
          usage_policy_id: "policy-2",
        }),
      ],
      [update({ name: "settings", usage_policy_id: "policy-2" })],
    ],
  },
  {
    component: "LakebaseInstance",
    name: "power",
    args: { name: "power" },
    rows: [
      {
        argument: `${instance}.stopped`,
        values: [false, true],
        shown: /stopped *: false => true/,
        reset: /stopped *: true => false/,
      },
    ],
    asked: [[create({ name: "power" })], [power("power", true)], [power("power", false)]],
  },
  {
    component: "LakebaseInstance",
    name: "late",
    args: { name: "late", stopped: true },
    rows: [
      // With `needsRunning` it stays up for what is made along with it.
      {
        argument: `${instance}.stopLast`,
        values: [true, false],
        shown: /startOnly *: true => false/,
        reset: /- startOnly *: false/,
      },
      {
        argument: `${instance}.needsRunning`,
        values: [{ catalog: "one" }, { catalog: "two" }],
        shown: /catalog *: "one" => "two"/,
        reset: /- needsRunning/,
      },
    ],
    asked: [[create({ name: "late" })], [power("late", true)], []],
  },
  {
    component: "LakebaseInstance",
    name: "by-time",
    args: { name: "by-time" },
    after: ["source"],
    rows: [
      // What replaces a clone is refused, in previews of its own.
      { argument: `${instance}.parent`, values: same({ name: "source", branchTime: time }) },
      { argument: "LakebaseParentArgs.name" },
      { argument: "LakebaseParentArgs.branchTime" },
      { argument: `${instance}.port`, values: [54321, 54322] },
      { argument: `${instance}.deadlineSeconds`, values: [900, 901] },
      { argument: `${instance}.allowReplacementOf`, values: ["other", "another"] },
    ],
    seen: {
      on: "by-time",
      sql: "SELECT count(*)::int FROM facts",
      rows: [[{ count: 3 }], [{ count: 3 }], [{ count: 3 }]],
    },
    asked: [
      [create({ name: "by-time", parent_instance_ref: { branch_time: time, name: "source" } })],
      [],
      [],
    ],
  },
  {
    component: "LakebaseInstance",
    name: "by-lsn",
    args: { name: "by-lsn", parent: { name: "source", lsn } },
    after: ["source"],
    rows: [
      { argument: "LakebaseParentArgs.lsn" },
      // A rename is refused, in a preview of its own.
      { argument: `${instance}.name`, values: same("by-lsn") },
    ],
    seen: {
      on: "by-lsn",
      sql: "SELECT count(*)::int FROM facts",
      rows: [[{ count: 3 }], [{ count: 3 }], [{ count: 3 }]],
    },
    asked: [[create({ name: "by-lsn", parent_instance_ref: { lsn, name: "source" } })], [], []],
  },
];

/** A value that stays. */
export function same(value: unknown): [unknown, unknown, unknown] {
  return [value, value, value];
}

const catalogs = "/api/2.0/database/catalogs";
const register = (name: string, on: string, database: string, isMade = false): string =>
  request("POST", catalogs, {
    create_database_if_not_exists: isMade,
    database_instance_name: on,
    database_name: database,
    name,
  });
const unregister = (name: string): string => request("DELETE", `${catalogs}/${name}?`);

/** Registrations: a change of any argument replaces one, and never what it registers. */
export const catalogUnits: Unit[] = [
  {
    component: "LakebaseCatalog",
    name: "catalog-name",
    args: { instanceName: "source", databaseName: "one" },
    after: ["source"],
    rows: [
      {
        argument: "LakebaseCatalogArgs.name",
        values: ["first", "second", "second"],
        shown: /\+-.*DatabaseDatabaseCatalog.*(replace).*name *: "first" => "second"/s,
      },
    ],
    asked: [
      [register("first", "source", "one")],
      [unregister("first"), register("second", "source", "one")],
      [],
    ],
  },
  {
    component: "LakebaseCatalog",
    name: "catalog-instance",
    args: { name: "moving", databaseName: "one" },
    after: ["by-time", "by-lsn"],
    rows: [
      {
        argument: "LakebaseCatalogArgs.instanceName",
        values: ["by-time", "by-lsn", "by-lsn"],
        shown: /\+-.*databaseInstanceName *: "by-time" => "by-lsn"/s,
      },
    ],
    asked: [
      [register("moving", "by-time", "one")],
      [unregister("moving"), register("moving", "by-lsn", "one")],
      [],
    ],
  },
  {
    component: "LakebaseCatalog",
    name: "catalog-database",
    args: { name: "databases", instanceName: "source" },
    after: ["source"],
    rows: [
      {
        argument: "LakebaseCatalogArgs.databaseName",
        values: ["two", "three"],
        shown: /\+-.*databaseName *: "two" => "three"/s,
        reset: /\+-.*databaseName *: "three" => "databricks_postgres"/s,
      },
    ],
    asked: [
      [register("databases", "source", "two")],
      [unregister("databases"), register("databases", "source", "three")],
      [unregister("databases"), register("databases", "source", "databricks_postgres")],
    ],
  },
  {
    component: "LakebaseCatalog",
    name: "catalog-creates",
    args: { name: "created", instanceName: "source", databaseName: "four" },
    after: ["source"],
    rows: [{ argument: "LakebaseCatalogArgs.createDatabaseIfNotExists", values: [true, false] }],
    asked: [[register("created", "source", "four", true)], [], []],
    seen: {
      on: "source",
      sql: "SELECT datname::text AS name FROM pg_database WHERE datname = 'four'",
      rows: [[{ name: "four" }], [{ name: "four" }], [{ name: "four" }]],
    },
  },
];
