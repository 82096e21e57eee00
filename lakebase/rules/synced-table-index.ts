// Rules for the indexes of a synced table, and the names that they get.
import { checkColumnName, maximumIdentifierBytes } from "./names.ts";
import type { Problem } from "./problems.ts";

/** Methods of an index: PostgreSQL's own, and those of the extension `vector`. */
export const indexMethods = ["btree", "hash", "gin", "gist", "spgist", "brin", "hnsw", "ivfflat"] as const;

/** An index as declared with its table. */
export interface IndexDefinition {
  columns: string[];
  /** Default: made of the table's and the columns' names. */
  name?: string;
  /** Default `btree`. */
  method?: string;
  /** Columns stored beside the key, for reading without the table. */
  include?: string[];
  /** For every column, such as `vector_cosine_ops` or `jsonb_path_ops`. */
  operatorClass?: string;
}

const allowedIndex = '{ columns: ["region"] }, with method, include, operatorClass and name as needed';

/** Every problem of a table's list of indexes. */
export function checkIndexes(path: string, value: unknown, tableName: unknown): Problem[] {
  if (!Array.isArray(value))
    return [
      {
        path,
        reason: "is not a list",
        value,
        allowed: `a list of ${allowedIndex}`,
        fix: "write it as a list",
      },
    ];
  const problems = value.flatMap((index, at) => checkIndex(`${path}[${at}]`, index));
  if (problems.length > 0 || typeof tableName !== "string") return problems;
  const names = (value as IndexDefinition[]).map((index) => indexNameOf(tableName, index));
  const twice = names.findIndex((name, at) => names.indexOf(name) !== at);
  if (twice < 0) return [];
  const fix = "remove one of them, or give one a name of its own";
  return [
    {
      path: `${path}[${twice}]`,
      reason: "has the name of an earlier index",
      value: names[twice],
      allowed: "a different name each",
      fix,
    },
  ];
}

function checkIndex(path: string, value: unknown): Problem[] {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return [{ path, reason: "is not an index", value, allowed: allowedIndex, fix: "write it as an object" }];
  const { columns, name, method, include, operatorClass } = value as Record<keyof IndexDefinition, unknown>;
  return [
    ...checkColumns(`${path}.columns`, columns, true),
    ...(include === undefined ? [] : checkColumns(`${path}.include`, include, false)),
    ...(name === undefined
      ? []
      : checkColumnName(`${path}.name`, name).map((problem) => ({
          ...problem,
          reason: "is not a name for an index",
          fix: "give a shorter text, or leave it out",
        }))),
    ...(method === undefined ? [] : checkMethod(`${path}.method`, method)),
    ...(operatorClass === undefined ? [] : checkOperatorClass(`${path}.operatorClass`, operatorClass)),
  ];
}

function checkColumns(path: string, value: unknown, needed: boolean): Problem[] {
  if (Array.isArray(value) && (value.length > 0 || !needed))
    return value.flatMap((column, at) => checkColumnName(`${path}[${at}]`, column));
  return [
    {
      path,
      reason: "is not a list of columns",
      value,
      allowed: "at least one column",
      fix: 'write it like ["region"]',
    },
  ];
}

function checkMethod(path: string, value: unknown): Problem[] {
  if (indexMethods.includes(value as never)) return [];
  return [
    {
      path,
      reason: "is not an index method",
      value,
      allowed: indexMethods.join(", "),
      fix: "leave it out for btree",
    },
  ];
}

function checkOperatorClass(path: string, value: unknown): Problem[] {
  if (typeof value === "string" && /^[a-z_][a-z0-9_]{0,62}$/.test(value)) return [];
  const allowed = "lower-case letters, digits and underscores, such as vector_cosine_ops";
  return [
    {
      path,
      reason: "is not the name of an operator class",
      value,
      allowed,
      fix: "leave it out for the type's default",
    },
  ];
}

/** The index's own name, or one made of table and columns and cut to what PostgreSQL keeps. */
export function indexNameOf(tableName: string, { name, columns, method }: IndexDefinition): string {
  if (name !== undefined) return name;
  const table = tableName.split(".").at(-1) ?? tableName;
  const suffix = method === undefined || method === "btree" ? "idx" : `${method}_idx`;
  return `${cut([table, ...columns].join("_"), maximumIdentifierBytes - suffix.length - 1)}_${suffix}`;
}

/** As many whole characters as fit. */
function cut(text: string, bytes: number): string {
  let kept = "";
  for (const character of text) {
    if (Buffer.byteLength(kept + character) > bytes) break;
    kept += character;
  }
  return kept;
}
