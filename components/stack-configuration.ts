// Reads the stack's configuration, typed, with every mistake of all keys in one error.
import * as pulumi from "@pulumi/pulumi";
import { checkInputs } from "../lakebase/provider/connectivity.ts";
import { checkCatalog, checkDatabaseName, checkInstance, type Problem } from "../lakebase/rules/index.ts";
import { throwProblems } from "./arguments.ts";
import type { RefreshScheduleArgs } from "./refresh-schedule.ts";
import { checkSyncedTables, type PackedSyncedTableArgs } from "./synced-tables.ts";

/** The stack's configuration; Pulumi.yaml says what each key means. */
export interface StackConfiguration {
  instanceName: string;
  capacity: string;
  stopped: boolean;
  nodeCount: number;
  enableReadableSecondaries: boolean;
  retentionWindowInDays: number;
  customTags: Record<string, string>;
  protect: boolean;
  databaseName: string;
  /** Empty for no registration. */
  catalogName: string;
  /** Tables of the lakehouse to keep up to date in the database. */
  syncedTables: PackedSyncedTableArgs[];
  refreshSchedules: { [pipeline: string]: RefreshScheduleArgs };
  port: number;
  /** Empty for the system's authorities. */
  sslRootCert: string;
  verificationTrigger: string;
  /** Whether to take an existing instance under management, for one `up`. */
  adoptExisting: boolean;
  /** Name of the instance whose data may be lost by a replacement; empty for none. */
  allowReplacementOf: string;
}

type Kind = "text" | "boolean" | "number" | "object" | "list";

const kinds: Record<keyof StackConfiguration, Kind> = {
  instanceName: "text",
  capacity: "text",
  stopped: "boolean",
  nodeCount: "number",
  enableReadableSecondaries: "boolean",
  retentionWindowInDays: "number",
  customTags: "object",
  protect: "boolean",
  databaseName: "text",
  catalogName: "text",
  syncedTables: "list",
  refreshSchedules: "object",
  port: "number",
  sslRootCert: "text",
  verificationTrigger: "text",
  adoptExisting: "boolean",
  allowReplacementOf: "text",
};

/**
 * Reads and checks every key of the project's configuration.
 *
 * @throws pulumi.RunError with all problems, before anything is declared
 */
export function readStackConfiguration(config = new pulumi.Config()): StackConfiguration {
  const problems: Problem[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, kind] of Object.entries(kinds)) {
    const text = config.get(key);
    const value = text === undefined ? undefined : parse(text, kind);
    if (value !== undefined) values[key] = value;
    else problems.push(missing(key, kind, text));
  }
  throwProblems(
    `configuration of stack "${pulumi.getStack()}"`,
    [...problems, ...checkAll(values)].map(inConfiguration),
  );
  return values as unknown as StackConfiguration;
}

function checkAll(values: Record<string, unknown>): Problem[] {
  const { instanceName, databaseName, catalogName, port, protect: _, ...others } = values;
  const { syncedTables, refreshSchedules, ...instance } = others as Partial<StackConfiguration>;
  return [
    ...checkInstance({ ...instance, ...(instanceName === undefined ? {} : { name: instanceName }) }).map(
      (problem) => (problem.path === "name" ? { ...problem, path: "instanceName" } : problem),
    ),
    ...(databaseName === undefined ? [] : checkDatabaseName("databaseName", databaseName)),
    ...(catalogName === undefined || catalogName === ""
      ? []
      : checkCatalog({ name: catalogName }).map((problem) => ({ ...problem, path: "catalogName" }))),
    ...(Array.isArray(syncedTables)
      ? checkSyncedTables("syncedTables", syncedTables, {}, refreshSchedules)
      : []),
    ...checkInputs({ port }),
  ];
}

/** The path as the user writes it, and the command that mends it; what concerns several keys has neither. */
function inConfiguration(problem: Problem): Problem {
  const { path, fix } = problem;
  const [key = ""] = path.split(/[.[]/, 1);
  if (!Object.hasOwn(kinds, key)) return problem;
  const full = `${pulumi.getProject()}:${path}`;
  // Quoted for the shell, which would look for files of a name with brackets.
  const given = path === key ? full : `--path '${full}'`;
  return { ...problem, path: full, fix: `${fix}; set it with: pulumi config set ${given} …` };
}

function parse(text: string, kind: Kind): unknown {
  if (kind === "text") return text;
  if (kind === "boolean") return text === "true" ? true : text === "false" ? false : undefined;
  if (kind === "number")
    return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (kind === "list") return Array.isArray(value) ? value : undefined;
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

const allowedForms: Record<Kind, string> = {
  text: "a text",
  boolean: "true, false",
  number: "a number",
  object: "an object",
  list: "a list",
};

function missing(key: string, kind: Kind, given: string | undefined): Problem {
  const allowed = allowedForms[kind];
  if (given === undefined) return { path: key, reason: "is missing", allowed, fix: "give a value" };
  return { path: key, reason: `is not ${allowed}`, value: given, allowed, fix: "correct the value" };
}
