// Rules for the tables that a connectivity check is told to expect.
import { checkColumnName } from "./names.ts";
import type { Problem } from "./problems.ts";

/** A table that has to be there for the check to pass. */
export interface ExpectedTable {
  /** `schema.table`, or the `catalog.schema.table` of a synced table. */
  name: string;
  /** Rows that it must have at least. */
  minimumRows?: number;
  /** How old its newest rows may be, in seconds. */
  maximumAgeSeconds?: number;
  /** Column with the time of a row, to tell the age by. Default: when the synced table was last synced. */
  timestampColumn?: string;
}

/** Every problem of a list of expected tables. */
export function checkExpectedTables(path: string, value: unknown): Problem[] {
  const allowed = 'a list of { name: "schema.table", minimumRows, maximumAgeSeconds, timestampColumn }';
  if (!Array.isArray(value))
    return [{ path, reason: "is not a list", value, allowed, fix: "write it as a list" }];
  return value.flatMap((table, at) => checkOne(`${path}[${at}]`, table, allowed));
}

function checkOne(path: string, value: unknown, allowed: string): Problem[] {
  if (typeof value !== "object" || value === null)
    return [{ path, reason: "is not an object", value, allowed, fix: "write it as an object" }];
  const { name, minimumRows, maximumAgeSeconds, timestampColumn } = value as Record<
    keyof ExpectedTable,
    unknown
  >;
  const parts = typeof name === "string" ? name.split(".") : [];
  const problems: Problem[] = [];
  if (parts.length < 2 || parts.length > 3 || parts.some((part) => checkColumnName(path, part).length > 0)) {
    problems.push({
      path: `${path}.name`,
      reason: "is not the name of a table",
      value: name,
      allowed: "schema.table or catalog.schema.table",
      fix: 'write it like "public.orders"',
    });
  }
  if (minimumRows !== undefined && !(Number.isSafeInteger(minimumRows) && (minimumRows as number) >= 0))
    problems.push(notANumber(`${path}.minimumRows`, minimumRows, "a whole number from 0"));
  if (
    maximumAgeSeconds !== undefined &&
    !(Number.isFinite(maximumAgeSeconds) && (maximumAgeSeconds as number) > 0)
  )
    problems.push(notANumber(`${path}.maximumAgeSeconds`, maximumAgeSeconds, "a number of seconds above 0"));
  if (timestampColumn !== undefined)
    problems.push(...checkColumnName(`${path}.timestampColumn`, timestampColumn));
  if (maximumAgeSeconds !== undefined && timestampColumn === undefined && parts.length === 2) {
    problems.push({
      path: `${path}.maximumAgeSeconds`,
      reason: "has nothing to tell the age by",
      allowed: "a timestampColumn, or the full name of a synced table",
      fix: "give a timestampColumn",
    });
  }
  return problems;
}

function notANumber(path: string, value: unknown, allowed: string): Problem {
  return { path, reason: "is out of range", value, allowed, fix: "correct it, or leave it out" };
}
