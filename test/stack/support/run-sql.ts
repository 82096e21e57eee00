// SQL on an instance of a workspace, in the way that an application runs it: a credential, TLS, a login of its own.
import type pg from "pg";
import { connect } from "../../../lakebase/connection/index.ts";
import type { StackWorkspace } from "./stack.ts";

/** Where and as whom; by default the databases of Lakebase, as who deploys. */
export interface SqlChoice {
  databaseName?: string;
  /** How somebody else authenticates at the workspace. */
  credentials?: { token: string } | { clientId: string | undefined; clientSecret: string | undefined };
}

/** Runs it on a connection that is closed again. */
export async function runSql(
  workspace: Pick<StackWorkspace, "apiUrl" | "token" | "postgresPort" | "caFile">,
  instanceName: string,
  sql: string,
  { databaseName = "databricks_postgres", credentials = { token: workspace.token } }: SqlChoice = {},
): Promise<pg.QueryResult> {
  const { client } = await connect({
    workspace: { host: workspace.apiUrl, ...credentials },
    instanceName,
    databaseName,
    port: workspace.postgresPort,
    sslRootCert: workspace.caFile,
  });
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}
