// The SQL of a synced table's indexes: every name quoted, every keyword from a list.
import { quoteIdentifier, quoteQualified } from "../access/identifiers.ts";
import { type IndexDefinition, indexMethods, indexNameOf } from "../rules/index.ts";

/** Schema and table of a synced table's three-part name: what it is called in PostgreSQL. */
export function postgresNameOf(tableName: string): { schema: string; table: string } {
  const [, schema = "", table = ""] = tableName.split(".");
  return { schema, table };
}

/** Makes an index unless one of its name is there. */
export function createIndexStatement(tableName: string, index: IndexDefinition): string {
  const { schema, table } = postgresNameOf(tableName);
  const { columns, include = [], method = "btree", operatorClass } = index;
  if (!indexMethods.includes(method as never))
    throw new Error(`the index method ${JSON.stringify(method)} is not known`);
  const suffix = operatorClass === undefined ? "" : ` ${quoteIdentifier(operatorClass)}`;
  const keys = columns.map((column) => `${quoteIdentifier(column)}${suffix}`).join(", ");
  const stored = include.length === 0 ? "" : ` INCLUDE (${include.map(quoteIdentifier).join(", ")})`;
  const name = quoteIdentifier(indexNameOf(tableName, index));
  return `CREATE INDEX IF NOT EXISTS ${name} ON ${quoteQualified(schema, table)} USING ${method} (${keys})${stored}`;
}

/** Drops an index of the table. */
export function dropIndexStatement(tableName: string, index: IndexDefinition): string {
  const { schema } = postgresNameOf(tableName);
  return `DROP INDEX IF EXISTS ${quoteQualified(schema, indexNameOf(tableName, index))}`;
}

/** Names of the table's valid indexes; parameters: schema, table. */
export const listIndexes = `
SELECT i.relname AS name FROM pg_catalog.pg_index x
JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
JOIN pg_catalog.pg_class t ON t.oid = x.indrelid
JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
WHERE n.nspname = $1 AND t.relname = $2 AND x.indisvalid`;
