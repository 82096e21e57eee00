// `pulumi-lakebase env`: what an application needs to connect, from a stack's exports; never a secret.
import type { ConnectionSettings } from "../../client/settings.ts";
import { databaseVariable, instanceVariable } from "../../lakebase/rules/index.ts";
import type { Command } from "../command.ts";
import { type EnvironmentFormat, environmentFormats, formatEnvironment } from "../environment-format.ts";
import { readStackOutput, stackOutputOptions } from "../stack-output.ts";

/** The command. */
export const envCommand: Command = {
  summary: "Prints the environment of an application, from the stack's exports.",
  usage: "[OPTIONS] [-- PULUMI-OPTIONS]",
  help: `
Prints PGHOST, PGPORT, PGDATABASE, PGSSLMODE, LAKEBASE_INSTANCE_NAME, LAKEBASE_DATABASE_NAME and DATABRICKS_HOST, and
what the endpoint needs besides. No password is among them: an application gets a credential for each connection.

  pulumi-lakebase env > .env
  eval "$(pulumi-lakebase env --format shell -- --stack dev)"
  pulumi stack output lakebase --json | pulumi-lakebase env --stack-output -`,
  maximumPositionals: 0,
  takesRest: true,
  options: {
    format: {
      type: "string",
      short: "f",
      value: "FORMAT",
      allowed: environmentFormats,
      description: "dotenv (default), shell, json, or app.yaml for the part that an app's app.yaml holds.",
    },
    user: {
      type: "string",
      value: "NAME",
      description: "Also PGUSER: the user name, or the service principal's application id.",
    },
    ...stackOutputOptions,
  },
  async run(given, surroundings) {
    const settings = await readStackOutput("env", given, surroundings);
    const { format = "dotenv", user } = given.options;
    const variables = environmentOf({ ...settings, ...(typeof user === "string" ? { user } : {}) });
    surroundings.stdout(formatEnvironment(variables, format as EnvironmentFormat));
    return 0;
  },
};

/** The variables that libpq, the client and the Databricks tools read. */
function environmentOf(settings: ConnectionSettings): Record<string, string> {
  const { host, hostAddress, port, database, user, sslRootCert, instanceName, workspaceHost } = settings;
  const all: Record<string, string | undefined> = {
    PGHOST: host,
    PGHOSTADDR: hostAddress,
    PGPORT: port === undefined ? undefined : String(port),
    PGDATABASE: database,
    PGUSER: user,
    PGSSLMODE: "verify-full",
    PGSSLROOTCERT: sslRootCert,
    [instanceVariable]: instanceName,
    [databaseVariable]: database,
    DATABRICKS_HOST: workspaceHost,
  };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
