// What changes of registrations, synced tables and the storage beneath them mean.
import type { Change } from "../model/changes.ts";
import { after, afterInWords, before, differs, goes, quoted, refused, updated } from "./reading.ts";
import type { ChangeRule, Context } from "./types.ts";

const policy = "spec.schedulingPolicy";

/** Names no table: several may share the pipeline, and a review says the same only once. */
const continuous =
  "a continuous pipeline runs and costs all the time, which is not in the figures; its sources must have their change data feed on";

/** Rules of registered catalogs. */
export const catalogRules: readonly ChangeRule[] = [
  {
    id: "catalog-removed",
    severity: "needs-attention",
    topic: "access",
    also: ["downtime"],
    kinds: ["catalog"],
    find: (change) =>
      change.operation === "delete"
        ? `the registration ${quoted(change.name)} ends: queries through Unity Catalog, its grants and its lineage stop; the database keeps its data`
        : undefined,
  },
  {
    id: "catalog-replaced",
    severity: "needs-attention",
    topic: "access",
    also: ["downtime"],
    kinds: ["catalog"],
    find: (change) =>
      change.operation === "replace"
        ? `the registration is made anew as ${quoted(change.newName)}: grants on ${quoted(change.name)} are lost and queries through it fail meanwhile; the database keeps its data`
        : undefined,
  },
  {
    id: "catalog-updated-in-place",
    severity: "needs-attention",
    topic: "deployment",
    kinds: ["catalog"],
    find: (change) =>
      updated(change) &&
      ["name", "databaseInstanceName", "databaseName"].some((path) => differs(change, path))
        ? {
            text: `an update of registration ${quoted(change.name)} is planned, but the service cannot change one: the deployment fails, each time`,
            fix: "use the component LakebaseCatalog, or `replaceOnChanges` with `deleteBeforeReplace`",
          }
        : undefined,
  },
  {
    id: "catalog-created",
    severity: "information",
    topic: "access",
    kinds: ["catalog"],
    find: (change) =>
      change.operation === "create"
        ? `the database becomes readable through Unity Catalog as ${quoted(change.newName)}`
        : undefined,
  },
];

/** Rules of synced tables. */
export const syncedTableRules: readonly ChangeRule[] = [
  {
    id: "synced-table-removed",
    severity: "needs-attention",
    topic: "data",
    kinds: ["synced-table"],
    find: (change, context) =>
      change.operation === "delete" && !isPurged(change, context)
        ? {
            text: `${quoted(change.name)} is no longer kept in step: the source keeps its data, the PostgreSQL table stays behind as it is and grows old`,
            fix: "drop the table in PostgreSQL afterwards, or its name cannot be used again",
          }
        : undefined,
  },
  {
    id: "synced-table-purged",
    severity: "needs-attention",
    topic: "data",
    also: ["downtime"],
    kinds: ["synced-table"],
    find: (change, context) =>
      change.operation === "delete" && isPurged(change, context)
        ? `${quoted(change.name)} goes with its rows and indexes in PostgreSQL: readers of it fail; the source keeps its data`
        : undefined,
  },
  {
    id: "synced-table-indexed",
    severity: "information",
    topic: "downtime",
    kinds: ["sync-ready"],
    find: (change) =>
      updated(change) && differs(change, "indexes")
        ? `indexes of ${quoted(change.newName)} are made or dropped while the table stays readable; queries that used a dropped one get slower`
        : undefined,
  },
  {
    id: "synced-table-replaced",
    severity: "needs-attention",
    topic: "downtime",
    kinds: ["synced-table"],
    find: (change) =>
      change.operation === "replace"
        ? `${quoted(change.newName)} is built anew: a full re-sync from its source, until whose end readers find no or partial data; indexes and grants on it must be made again`
        : undefined,
  },
  {
    id: "synced-table-re-sync-cost",
    severity: "information",
    topic: "cost",
    kinds: ["synced-table"],
    find: (change) =>
      change.operation === "replace"
        ? "each re-sync costs one run of the pipeline over the whole source; it is not in the figures"
        : undefined,
  },
  {
    id: "synced-table-updated-in-place",
    severity: "needs-attention",
    topic: "deployment",
    kinds: ["synced-table"],
    find: (change) =>
      updated(change) && change.properties.length > 0
        ? {
            text: `an update of ${quoted(change.name)} is planned, but the service cannot change a synced table: the deployment fails, each time`,
            fix: '`replaceOnChanges: ["spec", "name"]` with `deleteBeforeReplace: true`',
          }
        : undefined,
  },
  {
    id: "sync-made-continuous",
    severity: "needs-attention",
    topic: "cost",
    kinds: ["synced-table"],
    find: (change) =>
      differs(change, policy) && after(change, policy) === "CONTINUOUS" && change.operation !== "create"
        ? continuous
        : undefined,
  },
  {
    id: "sync-made-slower",
    severity: "needs-attention",
    topic: "data",
    kinds: ["synced-table"],
    find: (change) =>
      before(change, policy) === "CONTINUOUS" && differs(change, policy) && !goesAway(change.operation)
        ? `rows of ${quoted(change.newName)} are only brought up to date when its pipeline is run (${afterInWords(change, policy)}), no longer all the time`
        : undefined,
  },
  {
    id: "synced-table-created",
    severity: "information",
    topic: "data",
    kinds: ["synced-table"],
    find: (change) =>
      change.operation === "create"
        ? `a copy of ${afterInWords(change, "spec.sourceTableFullName")}, complete once its first sync has ended`
        : undefined,
  },
  {
    id: "continuous-sync-created",
    severity: "information",
    topic: "cost",
    kinds: ["synced-table"],
    find: (change) =>
      change.operation === "create" && after(change, policy) === "CONTINUOUS" ? continuous : undefined,
  },
];

/** Rules of the catalogs and schemas that hold the pipelines' storage. */
export const storageRules: readonly ChangeRule[] = [
  {
    id: "storage-deleted",
    severity: "destroys-data",
    topic: "data",
    kinds: ["storage-catalog", "storage-schema"],
    find: (change, context) =>
      goes(change) && before(change, "forceDestroy") === true && !refused(change, context)
        ? {
            text: `${change.title} ${quoted(change.name)} is deleted with every table in it`,
            fix: "set `forceDestroy: false` and deploy that first: a deletion of what is not empty then fails",
          }
        : undefined,
  },
  {
    id: "storage-removed",
    severity: "needs-attention",
    topic: "deployment",
    kinds: ["storage-catalog", "storage-schema"],
    find: (change) =>
      goes(change) && before(change, "forceDestroy") !== true
        ? `${change.title} ${quoted(change.name)} is deleted if it is empty; else the deployment fails`
        : undefined,
  },
];

/** The component deletes a synced table together with its rows, unless told to keep them. */
function isPurged(change: Change, { changes }: Context): boolean {
  return changes.some(
    (other) =>
      other.kind === "sync-ready" &&
      other.name === change.name &&
      other.operation === "delete" &&
      before(other, "onDelete") !== "keep",
  );
}

function goesAway(operation: string): boolean {
  return operation === "delete" || operation === "forget";
}
