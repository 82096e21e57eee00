// The schema of a Delta table: the JSON of its metadata as types.
import { SyncError } from "../sync-error.ts";
import type { Metadata } from "./actions.ts";

/** Primitive types without parameters. */
const primitives = [
  "string",
  "long",
  "integer",
  "short",
  "byte",
  "float",
  "double",
  "boolean",
  "binary",
  "date",
  "timestamp",
  "timestamp_ntz",
] as const;

/** A Delta type. `unsupported` keeps the name of one that has no counterpart in PostgreSQL. */
export type DeltaType =
  | { kind: (typeof primitives)[number] }
  | { kind: "decimal"; precision: number; scale: number }
  | { kind: "array"; element: DeltaType }
  | { kind: "map"; key: DeltaType; value: DeltaType }
  | { kind: "struct"; fields: readonly DeltaColumn[] }
  | { kind: "unsupported"; name: string };

/** A column, or a field of a struct. */
export interface DeltaColumn {
  name: string;
  type: DeltaType;
  nullable: boolean;
}

/** The columns of a table, partition columns included, in their order. */
export function columnsOf(table: string, metadata: Metadata): DeltaColumn[] {
  try {
    return fieldsOf(JSON.parse(metadata.schemaString));
  } catch (error) {
    throw new SyncError(`the schema of Delta table ${table} is malformed: ${(error as Error).message}`);
  }
}

interface SchemaField {
  name: string;
  type: unknown;
  nullable: boolean;
}

function fieldsOf(schema: { fields: SchemaField[] }): DeltaColumn[] {
  return schema.fields.map((field) => ({
    name: field.name,
    type: typeOf(field.type),
    nullable: field.nullable !== false,
  }));
}

function typeOf(type: unknown): DeltaType {
  if (typeof type === "string") return primitiveOf(type);
  const nested = type as { type: string } & Record<string, unknown>;
  switch (nested.type) {
    case "array":
      return { kind: "array", element: typeOf(nested.elementType) };
    case "map":
      return { kind: "map", key: typeOf(nested.keyType), value: typeOf(nested.valueType) };
    case "struct":
      return { kind: "struct", fields: fieldsOf(nested as unknown as { fields: SchemaField[] }) };
    default:
      return { kind: "unsupported", name: String(nested.type) };
  }
}

function primitiveOf(name: string): DeltaType {
  const decimal = /^decimal\((\d+),\s*(-?\d+)\)$/.exec(name);
  if (decimal) return { kind: "decimal", precision: Number(decimal[1]), scale: Number(decimal[2]) };
  if (name === "decimal") return { kind: "decimal", precision: 10, scale: 0 };
  const known = primitives.find((primitive) => primitive === name);
  return known ? { kind: known } : { kind: "unsupported", name };
}

/** The type as SQL on the service writes it. */
export function sqlTypeName(type: DeltaType): string {
  switch (type.kind) {
    case "long":
      return "BIGINT";
    case "integer":
      return "INT";
    case "short":
      return "SMALLINT";
    case "byte":
      return "TINYINT";
    case "decimal":
      return `DECIMAL(${type.precision},${type.scale})`;
    case "array":
      return `ARRAY<${sqlTypeName(type.element)}>`;
    case "map":
      return `MAP<${sqlTypeName(type.key)},${sqlTypeName(type.value)}>`;
    case "struct":
      return `STRUCT<${type.fields.map((field) => `${field.name}:${sqlTypeName(field.type)}`).join(",")}>`;
    case "unsupported":
      return type.name.toUpperCase();
    default:
      return type.kind.toUpperCase();
  }
}
