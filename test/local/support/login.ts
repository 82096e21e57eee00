// Logs in to an instance of a test's workspace as a client would: a fresh credential, TLS by name, through the gateway.
import { readFile } from "node:fs/promises";
import pg from "pg";
import type { TestWorkspace } from "./workspace.ts";

/** How to log in; what is left out is the workspace's user with a fresh credential. */
export interface LoginOptions {
  database?: string;
  user?: string;
  password?: string;
}

/** Connects; the caller ends the client. Errors of an established connection do not fail the test by themselves. */
export async function login(
  api: TestWorkspace,
  instance: string,
  options: LoginOptions = {},
): Promise<pg.Client> {
  const { postgresHost, postgresPort, caFile, userName } = api.workspace;
  const { body } = await api.call("GET", `/api/2.0/database/instances/${instance}`);
  const client = new pg.Client({
    host: postgresHost,
    port: postgresPort,
    database: options.database ?? "databricks_postgres",
    user: options.user ?? userName,
    password: options.password ?? (await mintCredential(api, instance)),
    ssl: { ca: await readFile(caFile, "utf8"), servername: String(body.read_write_dns) },
  });
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** A fresh database credential. */
export async function mintCredential(api: TestWorkspace, instance: string, token?: string): Promise<string> {
  const request = { request_id: crypto.randomUUID(), instance_names: [instance] };
  const answer = await api.call("POST", "/api/2.0/database/credentials", request, token);
  if (answer.status !== 200) throw new Error(`no credential: ${answer.body.message}`);
  return String(answer.body.token);
}

/** Runs one statement in a connection of its own. */
export async function runSql(
  api: TestWorkspace,
  instance: string,
  sql: string,
  options?: LoginOptions,
): Promise<Record<string, unknown>[]> {
  const client = await login(api, instance, options);
  try {
    return (await client.query(sql)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}
