// Errors of PostgreSQL about the rows themselves, in words for the owner of the source.
import { SyncError } from "../sync-error.ts";

interface DatabaseError extends Error {
  code?: string;
  detail?: string;
  where?: string;
}

const uniqueViolation = "23505";
/** Data exceptions, violated constraints, and what PostgreSQL cannot do: repeating changes nothing. */
const lasting = /^(22|23|42|0A|2BP01|54)/;

/** Runs a step on rows of the source; what is wrong with them becomes a {@link SyncError}. */
export async function onRows<T>(version: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explained(error as DatabaseError, version);
  }
}

function explained(error: DatabaseError, version: number): Error {
  const { code, detail, message, where } = error;
  if (code === uniqueViolation) {
    return new SyncError(
      `duplicate primary key in version ${version} of the source: ${detail ?? message} Make the key unique, name more ` +
        "primary_key_columns, or set timeseries_key to keep the latest row of each key",
    );
  }
  if (code === undefined || !lasting.test(code)) return error;
  const column = where ? /column "?([^"\n:]+)"?/.exec(where)?.[1] : undefined;
  return new SyncError(
    `PostgreSQL refused rows of version ${version} of the source${column ? `, column ${column}` : ""}: ${message}`,
  );
}
