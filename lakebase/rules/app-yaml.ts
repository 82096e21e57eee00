// Rules of an app's app.yaml: it must start something, and name the database that the app is bound to.
import type { Problem } from "./problems.ts";

/** What an app is bound to, as far as it is known. */
export interface AppBinding {
  resourceKey: string;
  /** Keys of the app's other resources; left out where they are not known. */
  otherKeys?: readonly string[];
  instanceName?: string;
  databaseName?: string;
}

/** The variables that tell an app its instance and database. */
export const instanceVariable = "LAKEBASE_INSTANCE_NAME";
/** See {@link instanceVariable}. */
export const databaseVariable = "LAKEBASE_DATABASE_NAME";

/** Variables that the platform sets, for the first database of an app and for its service principal. */
export const injectedVariables: readonly string[] = [
  "PGAPPNAME",
  "PGDATABASE",
  "PGHOST",
  "PGPORT",
  "PGSSLMODE",
  "PGUSER",
  "DATABRICKS_APP_NAME",
  "DATABRICKS_APP_PORT",
  "DATABRICKS_CLIENT_ID",
  "DATABRICKS_CLIENT_SECRET",
  "DATABRICKS_HOST",
  "DATABRICKS_WORKSPACE_ID",
];

/** Variables that would hold a credential, which an app gets afresh for each connection instead. */
const secretVariables = ["PGPASSWORD", "DATABRICKS_TOKEN"];

type Fields = Record<string, unknown>;

/**
 * Every problem of the content of an app.yaml.
 *
 * @param file how the file is called, for the paths of problems
 */
export function checkAppYaml(file: string, content: unknown, binding: AppBinding): Problem[] {
  if (!isFields(content)) {
    const allowed = "command and env";
    return [
      {
        path: file,
        reason: "is not a mapping",
        allowed,
        fix: "write it with: npx pulumi-lakebase app-yaml --write",
      },
    ];
  }
  return [
    ...checkCommand(`${file} command`, content.command),
    ...checkEnv(`${file} env`, content.env ?? [], binding),
    ...checkResources(`${file} resources`, content.resources ?? [], binding),
  ];
}

function checkCommand(path: string, value: unknown): Problem[] {
  if (value === undefined || value === null) return [];
  const allowed = 'a list of texts, such as ["streamlit", "run", "app.py"]';
  if (typeof value === "string") {
    const words = JSON.stringify(value.trim().split(/\s+/));
    return [
      { path, reason: "is not a list: no shell runs it", value, allowed, fix: `write command: ${words}` },
    ];
  }
  const isList =
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((word) => typeof word === "string" && word !== "");
  if (isList) return [];
  return [{ path, reason: "is not a list of texts", value, allowed, fix: "put quotes around each word" }];
}

function checkEnv(path: string, value: unknown, binding: AppBinding): Problem[] {
  const allowed = "a list of { name, value } and { name, valueFrom }";
  if (!Array.isArray(value)) {
    const fix = "write a list: - name: …, value: …";
    return [{ path, reason: "is not a list", value: typeof value, allowed, fix }];
  }
  const names = value.map((item) => (isFields(item) ? item.name : undefined));
  const problems = value.flatMap((item: unknown, index): Problem[] => {
    if (!isFields(item) || typeof item.name !== "string" || item.name === "") {
      return [{ path: `${path}[${index}]`, reason: "has no name", allowed, fix: "give it a name" }];
    }
    const at = `${path} ${item.name}`;
    if (names.indexOf(item.name) !== index) {
      return [{ path: at, reason: "is set twice", allowed: "each variable once", fix: "remove one of them" }];
    }
    return [...checkVariable(at, item.name, item), ...checkValueFrom(at, item, binding)];
  });
  return [
    ...problems,
    ...checkName(path, value, instanceVariable, binding.instanceName, "instance"),
    ...checkName(path, value, databaseVariable, binding.databaseName, "database"),
  ];
}

function checkVariable(path: string, name: string, item: Fields): Problem[] {
  // The value is not shown: it may be a secret.
  if (secretVariables.includes(name)) {
    return [
      {
        path,
        reason: "would keep a credential in a file",
        allowed: "no credential: the app gets a fresh one for each connection",
        fix: "remove it",
      },
    ];
  }
  if (injectedVariables.includes(name)) {
    const allowed = "variables of your own";
    return [{ path, reason: "is set by the platform from the app's resources", allowed, fix: "remove it" }];
  }
  const { value, valueFrom } = item;
  const allowed = "one of value and valueFrom, a text";
  if ((value === undefined) === (valueFrom === undefined)) {
    const reason = value === undefined ? "has no value" : "has both value and valueFrom";
    return [{ path, reason, allowed, fix: value === undefined ? "add a value" : "remove one of them" }];
  }
  const given = value ?? valueFrom;
  if (typeof given === "string") return [];
  const fix = typeof given === "object" ? "write it as a text" : `put quotes around it: "${given}"`;
  return [{ path, reason: "is not a text", allowed, fix }];
}

function checkValueFrom(path: string, { valueFrom }: Fields, binding: AppBinding): Problem[] {
  if (typeof valueFrom !== "string" || binding.otherKeys === undefined) return [];
  const keys = [binding.resourceKey, ...binding.otherKeys];
  if (keys.includes(valueFrom)) return [];
  return [
    {
      path,
      reason: "comes from a resource that the app does not have",
      value: valueFrom,
      allowed: keys.join(", "),
      fix: "name the key of one of the app's resources",
    },
  ];
}

/** The variable must hold the name itself: `valueFrom` of a database stands for its host name. */
function checkName(
  path: string,
  env: readonly unknown[],
  name: string,
  wanted: string | undefined,
  what: string,
): Problem[] {
  const item = env.find((candidate) => isFields(candidate) && candidate.name === name);
  const fix = `add it to env: - name: ${name}, value: ${JSON.stringify(wanted ?? `<the ${what}'s name>`)}`;
  if (!isFields(item)) {
    const allowed = `the name of the ${what}`;
    return [
      {
        path: `${path} ${name}`,
        reason: "is missing",
        allowed,
        fix: `${fix}; or run: npx pulumi-lakebase app-yaml --write`,
      },
    ];
  }
  if (typeof item.valueFrom === "string") {
    const allowed = `value: ${JSON.stringify(wanted ?? `<the ${what}'s name>`)}`;
    const reason = "comes from a resource, which stands for a host name and not for a name";
    return [
      { path: `${path} ${name}`, reason, value: item.valueFrom, allowed, fix: `write ${allowed} instead` },
    ];
  }
  if (wanted === undefined || typeof item.value !== "string" || item.value === wanted) return [];
  const reason = `is not the ${what} that the app is bound to`;
  return [
    { path: `${path} ${name}`, reason, value: item.value, allowed: wanted, fix: `write value: ${wanted}` },
  ];
}

/** The platform takes resources from the app itself; those written here, as documentation, must not contradict. */
function checkResources(path: string, value: unknown, binding: AppBinding): Problem[] {
  if (!Array.isArray(value)) return [];
  const databases = value.flatMap((item: unknown) =>
    isFields(item) && isFields(item.database) ? [{ key: item.name, database: item.database }] : [],
  );
  const isBound = databases.some(({ key }) => key === binding.resourceKey);
  return databases.flatMap(({ key, database }): Problem[] => {
    const at = `${path} ${String(key)}`;
    const keys = [binding.resourceKey, ...(binding.otherKeys ?? [])];
    // Where the app's other resources are not known, any key beside the bound one may be one of theirs.
    const isOther = binding.otherKeys === undefined && isBound;
    if (typeof key !== "string" || !(keys.includes(key) || isOther)) {
      const reason = "is not the key of the app's database";
      const allowed = binding.resourceKey;
      return [
        { path: at, reason, value: key, allowed, fix: `rename it, or set resourceKey: ${String(key)}` },
      ];
    }
    if (key !== binding.resourceKey) return [];
    return [
      ["instance", database.instance ?? database.instance_name, binding.instanceName],
      ["database", database.database ?? database.database_name, binding.databaseName],
    ].flatMap(([what, given, wanted]): Problem[] => {
      if (given === undefined || wanted === undefined || given === wanted) return [];
      const reason = `names another ${String(what)} than the app is bound to`;
      return [{ path: at, reason, value: given, allowed: String(wanted), fix: `write ${String(wanted)}` }];
    });
  });
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
