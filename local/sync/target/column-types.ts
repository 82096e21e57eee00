// The PostgreSQL type of each column of a source table, by the service's mapping and the table's overrides.
import type { DeltaColumn, DeltaType } from "../delta/schema.ts";
import { sqlTypeName } from "../delta/schema.ts";
import { isKeyType } from "../rows/json.ts";
import { SyncError } from "../sync-error.ts";

/** Another PostgreSQL type for one column. */
export interface TypeOverride {
  column_name: string;
  pg_type: string;
  size?: number;
}

/** A column of the synced table. */
export interface TargetColumn extends DeltaColumn {
  /** As format_type() writes it. */
  sqlType: string;
}

/** Most characters of a VARCHAR. */
const longestVarchar = 10_485_760;
const mostDigits = 1000;

/** The columns of the synced table, or an error with every one that has no counterpart. */
export function targetColumns(
  columns: readonly DeltaColumn[],
  overrides: readonly TypeOverride[] = [],
): TargetColumn[] {
  const problems: string[] = overrides
    .filter((override) => !columns.some((column) => column.name === override.column_name))
    .map((override) => `type override for ${override.column_name}: the source has no such column`);
  const result = columns.map((column) => {
    const override = overrides.find((candidate) => candidate.column_name === column.name);
    const problem = problemOf(column.type);
    if (problem) problems.push(`column ${column.name}: ${problem}`);
    const sqlType = override ? overridden(column, override, problems) : sqlTypeOf(column.type);
    return { ...column, sqlType };
  });
  if (problems.length > 0) throw new SyncError(problems.join("; "));
  return result;
}

function problemOf(type: DeltaType): string | undefined {
  switch (type.kind) {
    case "unsupported":
      return `the type ${sqlTypeName(type)} is not supported by synced tables`;
    case "decimal":
      return type.precision > mostDigits || type.scale < 0 || type.scale > type.precision
        ? `${sqlTypeName(type)} is not a valid decimal`
        : undefined;
    case "array":
      return problemOf(type.element);
    case "map":
      if (!isKeyType(type.key)) return `a map with keys of type ${sqlTypeName(type.key)} has no form as JSON`;
      return problemOf(type.key) ?? problemOf(type.value);
    case "struct":
      return type.fields.map((field) => problemOf(field.type)).find((problem) => problem !== undefined);
    default:
      return undefined;
  }
}

const sqlTypes: Readonly<Record<string, string>> = {
  string: "text",
  long: "bigint",
  integer: "integer",
  short: "smallint",
  byte: "smallint",
  float: "real",
  double: "double precision",
  boolean: "boolean",
  binary: "bytea",
  date: "date",
  timestamp: "timestamp with time zone",
  timestamp_ntz: "timestamp without time zone",
};

function sqlTypeOf(type: DeltaType): string {
  if (type.kind === "decimal") return `numeric(${type.precision},${type.scale})`;
  return sqlTypes[type.kind] ?? "jsonb";
}

function overridden(column: DeltaColumn, override: TypeOverride, problems: string[]): string {
  const wanted = override.pg_type.toUpperCase().replace(/^PG_(SPECIFIC_)?TYPE_/, "");
  const refuse = (reason: string): string => {
    problems.push(`type override ${override.pg_type} for ${column.name}: ${reason}`);
    return "text";
  };
  if (wanted === "VECTOR" || wanted === "HALFVEC") {
    return refuse(
      "the local workspace's PostgreSQL does not have the extension pgvector; leave the override out",
    );
  }
  if (wanted !== "VARCHAR") return refuse("must be VARCHAR, VECTOR or HALFVEC");
  if (column.type.kind !== "string")
    return refuse(`only a STRING can be VARCHAR, not ${sqlTypeName(column.type)}`);
  const { size } = override;
  if (size === undefined) return "character varying";
  if (!Number.isInteger(size) || size < 1 || size > longestVarchar) {
    return refuse(`size must be an integer from 1 to ${longestVarchar}, not ${size}`);
  }
  return `character varying(${size})`;
}
