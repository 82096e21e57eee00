// Writes what brings existing instances, catalogs and synced tables into a stack: Pulumi's import file, and the program that goes with it.
import { retentionWindowRange } from "../../lakebase/rules/index.ts";
import type { DatabaseCatalog, DatabaseInstance, SyncedTable } from "../../lakebase/workspace/index.ts";

/** What is to be brought in. */
export interface Found {
  readonly instances: readonly DatabaseInstance[];
  readonly catalogs: readonly DatabaseCatalog[];
  readonly tables: readonly SyncedTable[];
}

interface ImportedResource {
  type: string;
  name: string;
  logicalName: string;
  id?: string;
  component?: boolean;
  parent?: string;
}

/** The content of the import file, for `pulumi import --file`: each resource under the component that declares it. */
export function importFile({ instances, catalogs, tables }: Found): { resources: ImportedResource[] } {
  const entries = (component: string, resource: string, names: readonly string[]) =>
    names.flatMap((name): ImportedResource[] => {
      const type = `lakebase:index:${component}`;
      const key = `${component} ${name}`;
      return [
        { type, name: key, logicalName: name, component: true },
        { type: resource, name: `${key} itself`, logicalName: name, id: name, parent: key },
      ];
    });
  return {
    resources: [
      ...entries(
        "LakebaseInstance",
        "databricks:index/databaseInstance:DatabaseInstance",
        instances.map(({ name }) => name),
      ),
      ...entries(
        "LakebaseCatalog",
        "databricks:index/databaseDatabaseCatalog:DatabaseDatabaseCatalog",
        catalogs.map(({ name }) => name),
      ),
      ...entries(
        "SyncedTable",
        "databricks:index/databaseSyncedDatabaseTable:DatabaseSyncedDatabaseTable",
        tables.map(({ name }) => name),
      ),
    ],
  };
}

/** The program text: every argument that is not the component's default, as the workspace tells it now. */
export function programText({ instances, catalogs, tables }: Found): string {
  const identifiers = new Set<string>();
  const ordered = parentsFirst(instances);
  const variables = new Map(ordered.map(({ name }) => [name, identifier(name, identifiers)]));
  const catalogVariables = new Map(catalogs.map(({ name }) => [name, identifier(name, identifiers)]));
  const used = [
    ...(catalogs.length > 0 ? ["LakebaseCatalog"] : []),
    ...(instances.length > 0 ? ["LakebaseInstance"] : []),
    ...(tables.length > 0 ? ["SyncedTable"] : []),
  ];
  const statements = [
    ...ordered.map((instance) =>
      declaration(variables.get(instance.name) ?? "", "LakebaseInstance", instance.name, [
        ...instanceArguments(instance, variables),
      ]),
    ),
    ...catalogs.map((catalog) =>
      declaration(catalogVariables.get(catalog.name) ?? "", "LakebaseCatalog", catalog.name, [
        ["name", JSON.stringify(catalog.name)],
        ["instanceName", nameOf(catalog.instanceName, variables)],
        ["databaseName", JSON.stringify(catalog.databaseName)],
      ]),
    ),
    ...tables.map((table) => {
      // It goes before what it is in.
      const holder =
        catalogVariables.get(table.name.split(".")[0] ?? "") ?? variables.get(table.instanceName ?? "");
      const args = tableArguments(table);
      return declaration(identifier(table.name, identifiers), "SyncedTable", table.name, args, holder);
    }),
  ];
  const header = "// Lakebase of the workspace as it was found; written by `pulumi-lakebase import`.";
  return `${[header, `import { ${used.join(", ")} } from "pulumi-lakebase";`, ...statements].join("\n")}\n`;
}

type Argument = [name: string, text: string];

function declaration(
  variable: string,
  component: string,
  name: string,
  args: readonly Argument[],
  dependsOn?: string,
): string {
  const lines = args.map(([argument, text]) => `  ${argument}: ${text},`);
  const options = dependsOn === undefined ? "" : `, { dependsOn: [${dependsOn}] }`;
  return `\nexport const ${variable} = new ${component}(${JSON.stringify(name)}, {\n${lines.join("\n")}\n}${options});`;
}

/**
 * Instance and database are left out: the service does not tell them of a table in a standard catalog, so that giving
 * them would look like a change, and every change of a synced table replaces it.
 */
function tableArguments({ name, spec = {} }: SyncedTable): Argument[] {
  const {
    source,
    primaryKey,
    policy,
    timeseriesKey,
    typeOverrides,
    storageCatalog,
    storageSchema,
    budgetPolicyId,
  } = spec;
  const given = {
    name,
    source,
    primaryKey,
    policy: policy === "SNAPSHOT" ? undefined : policy,
    timeseriesKey,
    typeOverrides,
    storageCatalog,
    storageSchema,
    budgetPolicyId,
  };
  return Object.entries(given).flatMap(([argument, value]): Argument[] =>
    value === undefined ? [] : [[argument, JSON.stringify(value)]],
  );
}

function instanceArguments(instance: DatabaseInstance, variables: ReadonlyMap<string, string>): Argument[] {
  const { parentName, parentBranchTime, customTags = {} } = instance;
  const time = parentBranchTime === undefined ? "" : `, branchTime: ${JSON.stringify(parentBranchTime)}`;
  const unlessDefault = (name: string, value: unknown, usual?: unknown): Argument[] =>
    value === undefined || value === usual ? [] : [[name, JSON.stringify(value)]];
  return [
    ["name", JSON.stringify(instance.name)],
    ...unlessDefault("capacity", instance.capacity),
    ...unlessDefault("stopped", instance.state === "STOPPED", false),
    ...unlessDefault("nodeCount", instance.nodeCount, 1),
    ...unlessDefault("enableReadableSecondaries", instance.readableSecondaries, false),
    ...unlessDefault("enablePgNativeLogin", instance.pgNativeLogin, false),
    ...unlessDefault("retentionWindowInDays", instance.retentionWindowInDays, retentionWindowRange.default),
    ...unlessDefault("usagePolicyId", instance.usagePolicyId),
    ...(Object.keys(customTags).length === 0 ? [] : unlessDefault("customTags", customTags)),
    // A clone's settings are never the provider's to send.
    ...(parentName === undefined
      ? ([["imported", "true"]] satisfies Argument[])
      : ([["parent", `{ name: ${nameOf(parentName, variables)}${time} }`]] satisfies Argument[])),
  ];
}

/** The name by its instance where that is in the program, so that the order of creation and deletion follows. */
function nameOf(instanceName: string, variables: ReadonlyMap<string, string>): string {
  const variable = variables.get(instanceName);
  return variable === undefined ? JSON.stringify(instanceName) : `${variable}.name`;
}

/** A clone's program text names its parent, which has to stand above it. */
function parentsFirst(instances: readonly DatabaseInstance[]): DatabaseInstance[] {
  const left = new Map(instances.map((instance) => [instance.name, instance]));
  const ordered: DatabaseInstance[] = [];
  const take = (instance: DatabaseInstance): void => {
    if (!left.delete(instance.name)) return;
    const parent = left.get(instance.parentName ?? "");
    if (parent !== undefined) take(parent);
    ordered.push(instance);
  };
  for (const instance of instances) take(instance);
  return ordered;
}

/** A variable's name, in no other use: letters and digits in camel case. */
function identifier(name: string, taken: Set<string>): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const joined = words.map((word, index) => (index === 0 ? word : word[0]?.toUpperCase() + word.slice(1)));
  const plain = joined.join("");
  const base = /^[A-Za-z]/.test(plain) ? plain : `database${plain}`;
  // Reserved words are short and lower case; a suffix keeps clear of all of them.
  const safe = /^[a-z]+$/.test(base) && reserved.has(base) ? `${base}Database` : base;
  let candidate = safe;
  for (let number = 2; taken.has(candidate); number += 1) candidate = `${safe}${number}`;
  taken.add(candidate);
  return candidate;
}

const reserved = new Set(
  "arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof undefined var void while with yield".split(
    " ",
  ),
);
