// What of a synced table needs its instance running, told at preview: the service refuses it while that is stopped.
import type { IndexDefinition, Problem } from "../rules/index.ts";
import type { Workspace } from "../workspace/index.ts";
import { changedKeys, holdsUnknown, isKnown } from "./dynamic.ts";

/** The inputs that matter. */
export interface PlacedTable {
  tableName: string;
  declared?: string;
  indexes?: IndexDefinition[];
  /** Instance of a table in a standard catalog; that of a registered one is known to the service. */
  instanceName?: string;
  /** Instances that the program keeps running, or whose stop it sees to itself. */
  instancesSeenTo?: string[];
}

/** The problem, if the table is new or changed and its instance stopped; none where the workspace does not tell. */
export async function checkInstanceRuns(
  workspaceOf: () => Promise<Workspace>,
  olds: Partial<PlacedTable>,
  news: PlacedTable,
): Promise<Problem[]> {
  const { tableName, instancesSeenTo = [] } = news;
  if (!isKnown(tableName) || holdsUnknown(instancesSeenTo)) return [];
  const keys = ["tableName", "declared", "indexes"] as const;
  const isNew = olds.tableName === undefined;
  if (!isNew && changedKeys<Partial<PlacedTable>>(keys, olds, news).length === 0) return [];
  try {
    const workspace = await workspaceOf();
    const name = await instanceOf(workspace, news);
    if (name === undefined || instancesSeenTo.includes(name)) return [];
    if ((await workspace.getInstance(name)).state !== "STOPPED") return [];
    // One that is there already, and comes under management, needs nothing.
    if (isNew && (news.indexes ?? []).length === 0 && (await exists(workspace, tableName))) return [];
    return [
      {
        path: "tableName",
        reason: `cannot be ${isNew ? "created" : "changed"} while instance "${name}" is stopped: rows and indexes live in the running database`,
        value: tableName,
        allowed: "the table as it is, or an instance that runs",
        fix: "start the instance (`stopped: false` where it is declared) in the same `pulumi up`, and stop it again afterwards",
      },
    ];
  } catch {
    // A preview needs no workspace; the deployment itself will tell.
    return [];
  }
}

async function instanceOf(
  workspace: Workspace,
  { tableName, instanceName }: PlacedTable,
): Promise<string | undefined> {
  if (instanceName !== undefined && instanceName !== "")
    return isKnown(instanceName) ? instanceName : undefined;
  const [catalog = ""] = tableName.split(".");
  return (await workspace.getCatalog(catalog)).instanceName;
}

async function exists({ syncedTables }: Workspace, name: string): Promise<boolean> {
  return syncedTables.get(name).then(
    () => true,
    () => false,
  );
}
