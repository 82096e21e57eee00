// Errors of changing access: which statement failed, why, and who or what mends it.
import type { DesiredPrincipal } from "./model.ts";
import type { Statement } from "./statements.ts";
import type { Missing } from "./wanted.ts";

/** Access could not be brought to what is wanted; nothing of the transaction stayed. */
export class AccessProblem extends Error {
  override readonly name = "AccessProblem";
  /** SQLSTATE, or one of this project's: `MISSING`, `NO_EFFECT`. */
  readonly code: string;

  constructor(code: string, reason: string, fix: string) {
    super(`${reason}; to fix: ${fix}`);
    this.code = code;
  }
}

/** PostgreSQL's own words of an error. */
interface DatabaseError {
  code: string;
  message: string;
}

/** Narrows a caught value to an error of PostgreSQL. */
export function databaseError(error: unknown): DatabaseError | undefined {
  const { code, message } = (error ?? {}) as Partial<DatabaseError>;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) && typeof message === "string"
    ? { code, message }
    : undefined;
}

/** Grants that name what is not there. */
export function missingProblem(missing: readonly Missing[]): AccessProblem {
  const things = [...new Set(missing.map(({ what, name }) => `${what} ${name}`))].join(", ");
  return new AccessProblem(
    "MISSING",
    `grants name what does not exist: ${things}`,
    "create it first (dependsOn the synced tables or the migration that does), or correct the name: a table is named without its schema",
  );
}

/** A statement that PostgreSQL refused. */
export function statementProblem(error: unknown, { kind, group }: Statement, currentUser: string): unknown {
  const found = databaseError(error);
  if (found === undefined) return error;
  const subject = `${kind} for ${group.role} failed: ${found.message} (${found.code})`;
  if (found.code === "42501")
    return new AccessProblem(found.code, subject, ownerFix(currentUser, group.creator));
  if (found.code === "55P03")
    return new AccessProblem(
      found.code,
      subject,
      "something else holds the object locked: try again when it has ended",
    );
  return new AccessProblem(found.code, subject, "look at the names of the grant and try again");
}

/** Statements that were accepted and changed nothing, which PostgreSQL only warns of. */
export function noEffectProblem(verb: string, things: readonly string[], currentUser: string): AccessProblem {
  const shown = things.slice(0, 10).join("; ");
  const rest = things.length > 10 ? ` and ${things.length - 10} more` : "";
  return new AccessProblem(
    "NO_EFFECT",
    `${verb} had no effect, because ${currentUser} may not decide over it: ${shown}${rest}`,
    ownerFix(currentUser),
  );
}

function ownerFix(currentUser: string, creator?: string): string {
  const role = creator === undefined ? "the role that owns the object" : creator;
  return `deploy as the owner, or make ${currentUser} a member of ${role} (GRANT … TO …), or leave the object out by naming tables`;
}

/** A role could not be made. */
export function roleProblem(error: unknown, { name, type }: DesiredPrincipal, currentUser: string): unknown {
  const found = databaseError(error);
  if (found === undefined) return error;
  const fix =
    found.code === "42501"
      ? `let the instance's owner deploy, or give ${currentUser} the attribute CREATEROLE and CREATE on the database`
      : `check that the workspace has the ${type} under exactly this name, and that the name is no role already`;
  return new AccessProblem(
    found.code,
    `databricks_create_role for ${type} ${name} failed: ${found.message} (${found.code})`,
    fix,
  );
}

/** The extension that makes roles could not be had. */
export function extensionProblem(error: unknown, currentUser: string): unknown {
  const found = databaseError(error);
  if (found === undefined) return error;
  return new AccessProblem(
    found.code,
    `CREATE EXTENSION databricks_auth failed: ${found.message} (${found.code})`,
    found.code === "42501"
      ? `let the database's owner run it once, or GRANT CREATE ON DATABASE to ${currentUser}`
      : "check that the instance is a Lakebase instance: only those have the extension",
  );
}
