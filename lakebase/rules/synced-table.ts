// Rules for a synced table: every mistake in its arguments, found before anything is sent.
import {
  checkCatalogName,
  checkColumnName,
  checkDatabaseName,
  checkInstanceName,
  maximumIdentifierBytes,
} from "./names.ts";
import type { Problem } from "./problems.ts";
import { checkSchedule } from "./refresh-schedule.ts";
import { checkIndexes } from "./synced-table-index.ts";

/** When a synced table is brought up to date. Source: the service's API. */
export const schedulingPolicies = ["SNAPSHOT", "TRIGGERED", "CONTINUOUS"] as const;
/** What becomes of the PostgreSQL table when its synced table is deleted. */
export const deletionChoices = ["purge", "keep"] as const;
/** Types that a column's own one may be exchanged for. Source: the service's API. */
export const overrideTypes = [
  "PG_SPECIFIC_TYPE_VARCHAR",
  "PG_SPECIFIC_TYPE_VECTOR",
  "PG_SPECIFIC_TYPE_HALFVEC",
] as const;
/** Synced tables that one source table may have. Source: the service's own error text. */
export const maximumTablesOfSource = 20;

/** The arguments of a synced table as far as they are known; a member left out is not checked. */
export interface SyncedTableSpecification {
  name?: unknown;
  source?: unknown;
  primaryKey?: unknown;
  policy?: unknown;
  timeseriesKey?: unknown;
  typeOverrides?: unknown;
  instanceName?: unknown;
  databaseName?: unknown;
  storageCatalog?: unknown;
  storageSchema?: unknown;
  budgetPolicyId?: unknown;
  existingPipelineId?: unknown;
  pipeline?: unknown;
  createDatabaseObjectsIfMissing?: unknown;
  acceleratedSync?: unknown;
  onDelete?: unknown;
  indexes?: unknown;
  refreshSchedule?: unknown;
  deadlineSeconds?: unknown;
}

/** Every problem of a synced table's arguments. */
export function checkSyncedTable(table: SyncedTableSpecification): Problem[] {
  const given = <T>(value: unknown, check: (value: unknown) => T[]): T[] =>
    value === undefined ? [] : check(value);
  return [
    ...given(table.name, (value) => checkTargetName("name", value)),
    ...given(table.source, (value) => checkSourceName("source", value)),
    ...given(table.primaryKey, (value) => checkColumnList("primaryKey", value)),
    ...given(table.policy, (value) => checkChoice("policy", value, schedulingPolicies)),
    ...given(table.timeseriesKey, (value) => checkColumnName("timeseriesKey", value)),
    ...checkTimeseriesKey(table),
    ...given(table.typeOverrides, (value) => checkOverrides(value)),
    ...checkPlace(table),
    ...checkPipeline(table),
    ...(["createDatabaseObjectsIfMissing", "acceleratedSync"] as const).flatMap((path) =>
      given(table[path], (value) => checkFlag(path, value)),
    ),
    ...given(table.onDelete, (value) => checkChoice("onDelete", value, deletionChoices)),
    ...given(table.indexes, (value) => checkIndexes("indexes", value, table.name)),
    ...given(table.refreshSchedule, (value) => checkSchedule(value, table.policy)),
    ...given(table.deadlineSeconds, (value) => checkDeadline(value)),
  ];
}

/** Rule for the name of a synced table: three parts of letters, digits and underscores. */
export function checkTargetName(path: string, value: unknown): Problem[] {
  const allowed = `catalog.schema.table, each 1 to ${maximumIdentifierBytes} letters, digits and underscores`;
  const parts = typeof value === "string" ? value.split(".") : [];
  if (parts.length !== 3) {
    return [
      {
        path,
        reason: "is not a name of three parts",
        value,
        allowed,
        fix: 'write it like "main.public.orders"',
      },
    ];
  }
  // The catalog is Unity Catalog's and may be longer; schema and table become PostgreSQL's, which cuts names.
  const long = parts.slice(1).find((part) => part.length > maximumIdentifierBytes);
  if (long !== undefined)
    return [{ path, reason: `has a part of ${long.length} characters`, value, allowed, fix: "shorten it" }];
  if (parts.every((part) => /^\w+$/.test(part))) return [];
  const fix = `use ${JSON.stringify(parts.map((part) => part.replace(/\W+/g, "_") || "name").join("."))}`;
  return [{ path, reason: "has characters that a synced table's name cannot have", value, allowed, fix }];
}

/** Rule for the source: three parts, of whatever characters Unity Catalog lets a name have. */
export function checkSourceName(path: string, value: unknown): Problem[] {
  const parts = typeof value === "string" ? value.split(".") : [];
  if (parts.length === 3 && parts.every((part) => checkCatalogName(path, part).length === 0)) return [];
  return [
    {
      path,
      reason: "is not the full name of a source table",
      value,
      allowed: "catalog.schema.table",
      fix: 'write it like "main.gold.orders"',
    },
  ];
}

function checkChoice(path: string, value: unknown, choices: readonly string[]): Problem[] {
  if (choices.includes(value as string)) return [];
  const found = choices.find(
    (choice) => typeof value === "string" && choice.toLowerCase() === value.toLowerCase(),
  );
  const fix = found === undefined ? "choose one of them" : `use "${found}"`;
  return [{ path, reason: "is not one of the choices", value, allowed: choices.join(", "), fix }];
}

function checkColumnList(path: string, value: unknown): Problem[] {
  const allowed = "at least one column, none twice";
  if (!Array.isArray(value) || value.length === 0)
    return [{ path, reason: "is not a list of columns", value, allowed, fix: 'write it like ["order_id"]' }];
  const problems = value.flatMap((column, at) => checkColumnName(`${path}[${at}]`, column));
  const twice = value.find((column, at) => value.indexOf(column) !== at);
  if (twice !== undefined)
    problems.push({ path, reason: "names a column twice", value: twice, allowed, fix: "name it once" });
  return problems;
}

function checkTimeseriesKey({ timeseriesKey, primaryKey }: SyncedTableSpecification): Problem[] {
  if (typeof timeseriesKey !== "string" || !Array.isArray(primaryKey) || !primaryKey.includes(timeseriesKey))
    return [];
  return [
    {
      path: "timeseriesKey",
      reason: "is part of the primary key, so that it decides between no two rows",
      value: timeseriesKey,
      allowed: "a column outside of primaryKey",
      fix: "take it out of primaryKey, or leave timeseriesKey out",
    },
  ];
}

function checkOverrides(value: unknown): Problem[] {
  const path = "typeOverrides";
  const allowed =
    '[{ columnName, pgType, size }], for example [{ columnName: "embedding", pgType: "PG_SPECIFIC_TYPE_VECTOR", size: 768 }]';
  if (!Array.isArray(value))
    return [{ path, reason: "is not a list", value, allowed, fix: "write it as a list" }];
  const names = value.map((entry) => (entry as { columnName?: unknown } | null)?.columnName);
  const twice = names.find((name, at) => name !== undefined && names.indexOf(name) !== at);
  return [
    ...value.flatMap((entry, at) => checkOverride(`${path}[${at}]`, entry, allowed)),
    ...(twice === undefined
      ? []
      : [
          {
            path,
            reason: "names a column twice",
            value: twice,
            allowed: "each column once",
            fix: "keep one of them",
          },
        ]),
  ];
}

function checkOverride(path: string, entry: unknown, allowed: string): Problem[] {
  if (typeof entry !== "object" || entry === null)
    return [{ path, reason: "is not an object", value: entry, allowed, fix: "write it as an object" }];
  const { columnName, pgType, size } = entry as { columnName?: unknown; pgType?: unknown; size?: unknown };
  const isSize = Number.isInteger(size) && (size as number) > 0;
  return [
    ...checkColumnName(`${path}.columnName`, columnName),
    ...checkChoice(`${path}.pgType`, pgType, overrideTypes),
    ...(isSize
      ? []
      : [
          {
            path: `${path}.size`,
            reason: "is not a size",
            value: size,
            allowed: "a whole number above 0",
            fix: "give the length or the dimensions",
          },
        ]),
  ];
}

function checkPlace({ instanceName, databaseName }: SyncedTableSpecification): Problem[] {
  return [
    ...(instanceName === undefined ? [] : checkInstanceName("instanceName", instanceName)),
    ...(databaseName === undefined ? [] : checkDatabaseName("databaseName", databaseName)),
  ];
}

function checkPipeline(table: SyncedTableSpecification): Problem[] {
  const { existingPipelineId, storageCatalog, storageSchema, budgetPolicyId, pipeline } = table;
  const problems: Problem[] = [
    ...(["storageCatalog", "storageSchema"] as const).flatMap((path) =>
      table[path] === undefined ? [] : checkCatalogName(path, table[path]),
    ),
    ...(["existingPipelineId", "budgetPolicyId"] as const).flatMap((path) =>
      table[path] === undefined ? [] : checkIdentifier(path, table[path]),
    ),
    ...(pipeline === undefined ? [] : checkPipelineName("pipeline", pipeline)),
  ];
  const ofNew = [storageCatalog, storageSchema, budgetPolicyId, pipeline].some(
    (value) => value !== undefined,
  );
  if (existingPipelineId !== undefined && ofNew) {
    problems.push({
      path: "existingPipelineId",
      reason: "is given together with settings of a new pipeline",
      value: existingPipelineId,
      allowed:
        "existingPipelineId alone, or any of storageCatalog, storageSchema, budgetPolicyId and pipeline",
      fix: "remove the one or the others",
    });
  }
  return problems;
}

/** Rule for the name that a program gives one of its pipelines. */
export function checkPipelineName(path: string, value: unknown): Problem[] {
  if (typeof value === "string" && /^[A-Za-z0-9][\w-]{0,62}$/.test(value)) return [];
  return [
    {
      path,
      reason: "is not a name for a pipeline",
      value,
      allowed: "1 to 63 letters, digits, underscores and hyphens",
      fix: 'write it like "orders"',
    },
  ];
}

function checkIdentifier(path: string, value: unknown): Problem[] {
  if (typeof value === "string" && value.trim() !== "") return [];
  return [
    {
      path,
      reason: "is not an id",
      value,
      allowed: "the id as the workspace shows it",
      fix: `give the id, or leave ${path} out`,
    },
  ];
}

function checkFlag(path: string, value: unknown): Problem[] {
  if (typeof value === "boolean") return [];
  return [
    {
      path,
      reason: "is neither true nor false",
      value,
      allowed: "true, false",
      fix: "write it without quotes",
    },
  ];
}

function checkDeadline(value: unknown): Problem[] {
  if (typeof value === "number" && Number.isFinite(value) && value > 0) return [];
  return [
    {
      path: "deadlineSeconds",
      reason: "is not a time to wait",
      value,
      allowed: "a number of seconds above 0",
      fix: "leave it out for 1800",
    },
  ];
}

/** Rule for the tables of one program together: one source has a limited number of copies. */
export function checkTablesOfSource(sources: readonly unknown[]): Problem[] {
  const copies = Map.groupBy(sources, (source) => (typeof source === "string" ? source : ""));
  return [...copies].flatMap(([source, { length }]) => {
    if (source === "" || length <= maximumTablesOfSource) return [];
    return [
      {
        path: "tables",
        reason: `have ${length} copies of one source`,
        value: source,
        allowed: `at most ${maximumTablesOfSource} synced tables for each source table`,
        fix: "share copies between the readers",
      },
    ];
  });
}
