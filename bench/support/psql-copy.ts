// psql's \copy over the server's own socket: nothing between file and server but psql.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { SOCKET_PORT } from "../../local/postgres/settings.ts";
import { SUPERUSER } from "../../local/postgres/template.ts";

const execute = promisify(execFile);

/** Whether psql is on PATH, and the system has the link that leads to sockets with long paths. */
export async function hasPsql(): Promise<boolean> {
  if (process.platform !== "linux") return false;
  return execute("psql", ["--version"]).then(
    () => true,
    () => false,
  );
}

/** Copies a CSV file into a table of the instance whose folder is given. */
export async function psqlCopy(
  instanceFolder: string,
  database: string,
  table: string,
  csvFile: string,
): Promise<void> {
  const args = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", `\\copy ${table} FROM '${csvFile}' (FORMAT csv)`];
  const env = {
    PATH: process.env.PATH,
    // Paths of sockets are limited to 107 bytes; this one leads to the working directory.
    PGHOST: "/proc/self/cwd/socket",
    PGPORT: String(SOCKET_PORT),
    PGUSER: SUPERUSER,
    PGDATABASE: database,
  };
  await execute("psql", args, { cwd: instanceFolder, env });
}

/** Where a workspace's data folder has the instance. */
export const instanceFolder = (dataDir: string, uid: string): string =>
  join(dataDir, "postgres/instances", uid);
