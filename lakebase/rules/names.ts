// Naming rules of instances, databases, catalogs and three-part table names.
import type { Problem } from "./problems.ts";

/** Longest instance name. */
export const maximumInstanceNameLength = 63;
/** Longest PostgreSQL identifier, in bytes: longer ones are cut by the server without an error. */
export const maximumIdentifierBytes = 63;
/** Longest Unity Catalog name. */
export const maximumCatalogNameLength = 255;

/** Rule for instance names: 1 to 63 letters, digits and hyphens. Source: the service's documentation. */
export function checkInstanceName(path: string, value: unknown): Problem[] {
  const allowed = `1 to ${maximumInstanceNameLength} letters, digits and hyphens`;
  const text = checkText(path, value, "an instance name", allowed, "my-database");
  if (typeof text !== "string") return text;
  if (text.length > maximumInstanceNameLength) {
    return [{ path, reason: `is ${text.length} characters long`, value, allowed, fix: "shorten the name" }];
  }
  if (!/^[A-Za-z0-9-]+$/.test(text)) {
    const suggestion = text.replace(/[^A-Za-z0-9-]+/g, "-").replace(/^-+|-+$/g, "") || "my-database";
    return [
      {
        path,
        reason: "has characters that an instance name cannot have",
        value,
        allowed,
        fix: `use ${JSON.stringify(suggestion)}`,
      },
    ];
  }
  return [];
}

/** Rule for PostgreSQL database names: any text but NUL, up to 63 bytes, and not one of the server's templates. */
export function checkDatabaseName(path: string, value: unknown): Problem[] {
  const allowed = `1 to ${maximumIdentifierBytes} bytes, without NUL`;
  const text = checkText(path, value, "a database name", allowed, "databricks_postgres");
  if (typeof text !== "string") return text;
  const bytes = Buffer.byteLength(text, "utf8");
  if (bytes > maximumIdentifierBytes) {
    return [
      {
        path,
        reason: `is ${bytes} bytes long, and PostgreSQL would cut it silently`,
        value,
        allowed,
        fix: "shorten the name",
      },
    ];
  }
  if (text.includes("\0"))
    return [{ path, reason: "contains a NUL character", value, allowed, fix: "remove it" }];
  if (text === "template0" || text === "template1") {
    return [
      {
        path,
        reason: "is one of PostgreSQL's own templates",
        value,
        allowed: "any other name",
        fix: 'use "databricks_postgres" or a name of your own',
      },
    ];
  }
  return [];
}

/**
 * Rule for a Unity Catalog catalog: no dot, slash, space or control character, up to 255 characters.
 * Source: Unity Catalog's naming rules.
 */
export function checkCatalogName(path: string, value: unknown): Problem[] {
  const allowed = `1 to ${maximumCatalogNameLength} characters, without dots, slashes, spaces and control characters`;
  const text = checkText(path, value, "a catalog name", allowed, "operational");
  if (typeof text !== "string") return text;
  if (text.length > maximumCatalogNameLength) {
    return [{ path, reason: `is ${text.length} characters long`, value, allowed, fix: "shorten the name" }];
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what the rule is about
  if (/[\u0000-\u0020\u007f./]/.test(text)) {
    const hint = text.includes(".") ? "; this is the catalog alone, not catalog.schema" : "";
    return [
      {
        path,
        reason: `has characters that a catalog name cannot have${hint}`,
        value,
        allowed,
        fix: `use ${JSON.stringify(text.replace(/[^\w-]+/g, "_"))}`,
      },
    ];
  }
  return [];
}

/** Rule for a column's name, or any other identifier that PostgreSQL must not cut. */
export function checkColumnName(path: string, value: unknown): Problem[] {
  const allowed = `1 to ${maximumIdentifierBytes} bytes, without NUL`;
  const bytes = typeof value === "string" ? Buffer.byteLength(value, "utf8") : 0;
  if (
    typeof value === "string" &&
    bytes >= 1 &&
    bytes <= maximumIdentifierBytes &&
    !value.includes("\0") &&
    value.isWellFormed()
  )
    return [];
  return [
    {
      path,
      reason: "is not the name of a column",
      value,
      allowed,
      fix: "give the column's name as the source has it",
    },
  ];
}

/** The value as text, or the problem that it is not one. */
export function checkText(
  path: string,
  value: unknown,
  what: string,
  allowed: string,
  example: string,
): string | Problem[] {
  if (typeof value !== "string") {
    return [{ path, reason: `is not ${what}`, value, allowed, fix: `give a text, for example "${example}"` }];
  }
  if (value.length === 0)
    return [{ path, reason: "is empty", value, allowed, fix: `give a name, for example "${example}"` }];
  return value;
}
