// The one place where names become SQL: every name is checked and quoted here, none is trusted.
import { maximumIdentifierBytes } from "../rules/index.ts";

/** A name that must not get into a statement; rules refuse it earlier, with its path. */
export class UnsafeName extends Error {
  override readonly name = "UnsafeName";
}

/**
 * Quotes a name of a database object. Quoting alone is not enough: PostgreSQL cuts a name after 63 bytes, and
 * half a surrogate pair is sent as another character, so that both would name something else than was checked.
 */
export function quoteIdentifier(name: string): string {
  const problem = problemOf(name);
  if (problem !== undefined) throw new UnsafeName(`the name ${JSON.stringify(name)} ${problem}`);
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * Quotes the name of a role. `"public"` means everybody even in quotes, and `"none"` is a keyword: neither can
 * be a role.
 */
export function quoteRole(name: string): string {
  if (name === "public" || name === "none")
    throw new UnsafeName(`the name ${JSON.stringify(name)} is not that of a role`);
  return quoteIdentifier(name);
}

/** Quotes an object of a schema. */
export function quoteQualified(schema: string, name: string): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

function problemOf(name: unknown): string | undefined {
  if (typeof name !== "string") return "is not a text";
  if (name === "") return "is empty";
  if (name.includes("\0")) return "contains a NUL character";
  if (!name.isWellFormed()) return "contains half a surrogate pair";
  const bytes = Buffer.byteLength(name, "utf8");
  if (bytes > maximumIdentifierBytes) return `is longer than ${maximumIdentifierBytes} bytes`;
  return undefined;
}
