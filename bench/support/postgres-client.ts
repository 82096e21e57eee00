// node-postgres clients on a connection.
import pg from "pg";
import type { Connection } from "./workspace.ts";

/** The connection in node-postgres' words. */
export function clientConfig({
  host,
  port,
  serverName,
  ca,
  user,
  password,
  database,
}: Connection): pg.ClientConfig {
  return { host, port, user, password, database, ssl: { ca, servername: serverName } };
}

/** Opens so many clients, which are closed together. */
export async function openClients(
  connection: Connection,
  count: number,
): Promise<{ clients: pg.Client[] } & AsyncDisposable> {
  const clients = Array.from({ length: count }, () => new pg.Client(clientConfig(connection)));
  await Promise.all(clients.map((client) => client.connect()));
  return {
    clients,
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client.end()));
    },
  };
}

/** Tries until the first query has its answer. */
export async function firstQuery(connection: () => Promise<Connection>): Promise<void> {
  for (;;) {
    const client = new pg.Client(clientConfig(await connection()));
    client.on("error", () => {});
    try {
      await client.connect();
      await client.query("SELECT 1");
      return;
    } catch {
      await new Promise((wake) => setTimeout(wake, 5));
    } finally {
      await client.end().catch(() => {});
    }
  }
}
