// Reads the environment that Databricks Apps, libpq users and the Databricks tools set.
import type { Problem } from "../lakebase/rules/problems.ts";
import { type ConnectionSettings, checkSslMode, readPort } from "./settings.ts";

/** The connection that the environment describes. An empty variable means "not set", as with libpq. */
export function settingsFromEnvironment(
  env: Record<string, string | undefined>,
  problems: Problem[],
): ConnectionSettings {
  const read = (name: string) => env[name]?.trim() || undefined;
  checkSslMode("PGSSLMODE", read("PGSSLMODE"), problems);
  const instanceName = read("LAKEBASE_INSTANCE_NAME");
  return {
    instanceName,
    // An instance made through the database API is also an endpoint of the other API; the name says more.
    endpoint: instanceName === undefined ? read("LAKEBASE_ENDPOINT") : undefined,
    host: read("PGHOST"),
    hostAddress: read("PGHOSTADDR"),
    port: readPort("PGPORT", read("PGPORT"), problems),
    sslRootCert: read("PGSSLROOTCERT"),
    user: read("PGUSER"),
    // What the app's author wrote says more than what the platform injects for its first database.
    database: read("LAKEBASE_DATABASE_NAME") ?? read("PGDATABASE"),
    applicationName: read("PGAPPNAME"),
  };
}
