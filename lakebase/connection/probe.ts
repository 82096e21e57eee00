// Stage "probe": asks the server what it is, who we are there, and for the databases it has.
import type { Client } from "pg";
import { within } from "../workspace/patience.ts";

/** What the server says about itself and us. */
export interface ProbeAnswer {
  serverVersion: string;
  serverVersionNumber: number;
  currentUser: string;
  sessionUser: string;
}

/** Bounds a query by time; the caller closes the client afterwards. */
export async function queryWithin(
  client: Client,
  sql: string,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Record<string, unknown>[]> {
  signal?.throwIfAborted();
  const late = Object.assign(new Error(`no answer within ${timeoutMs / 1000} s`), { code: "ETIMEDOUT" });
  const { rows } = await within(timeoutMs, late, signal, client.query(sql));
  return rows;
}

/** The first query on a new connection. */
export async function probe(client: Client, timeoutMs: number, signal?: AbortSignal): Promise<ProbeAnswer> {
  const sql = `SELECT version() AS version, current_setting('server_version_num') AS number,
    current_user::text AS "currentUser", session_user::text AS "sessionUser"`;
  const [row] = await queryWithin(client, sql, timeoutMs, signal);
  return {
    serverVersion: String(row?.version),
    serverVersionNumber: Number(row?.number),
    currentUser: String(row?.currentUser),
    sessionUser: String(row?.sessionUser),
  };
}

/** Names of the databases that can be connected to. */
export async function listDatabases(client: Client, timeoutMs: number): Promise<string[]> {
  const sql = "SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname";
  return (await queryWithin(client, sql, timeoutMs)).map((row) => String(row.datname));
}
