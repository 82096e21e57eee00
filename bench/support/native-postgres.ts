// PostgreSQL by itself: the workspace's binaries with TLS and passwords of their own, without a gateway.
import { once } from "node:events";
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { installBinaries } from "../../local/postgres/binaries.ts";
import { openCertificates } from "../../local/postgres/certificates.ts";
import { copyTree } from "../../local/postgres/copy-tree.ts";
import { type ServerProcess, startServer } from "../../local/postgres/server-process.ts";
import { serverUser } from "../../local/postgres/server-user.ts";
import { serverSettings } from "../../local/postgres/settings.ts";
import { SUPERUSER, templateDataDir } from "../../local/postgres/template.ts";
import { startChildServer } from "./child-server.ts";
import type { Connection } from "./workspace.ts";

/** The running server. */
export interface NativePostgres extends AsyncDisposable {
  readonly pid: number;
  readonly connection: Connection;
  /** Starts a bare relay in front of it, which does TLS with the same certificate. */
  relay(): Promise<{ pid: number; connection: Connection } & AsyncDisposable>;
  stop(): Promise<void>;
  start(): Promise<void>;
}

const user = "bench";
const password = "bench";
const maxConnections = 1000;

/** Starts a server on a cluster of its own; `defaults` leaves PostgreSQL's settings as they are. */
export async function startNativePostgres({ defaults = false } = {}): Promise<NativePostgres> {
  const folder = await mkdtemp(join(tmpdir(), "lakebase-bench-native-"));
  // The server's user has to reach the data in it.
  await chmod(folder, 0o711);
  const binaries = await installBinaries();
  const data = join(folder, "data");
  await copyTree(await templateDataDir(binaries), data, { owner: serverUser() });
  const owned = async (name: string, content?: string): Promise<void> => {
    const path = join(folder, name);
    if (content === undefined) await mkdir(path, { mode: 0o700 });
    else await writeFile(path, content, { mode: 0o600 });
    const owner = serverUser();
    if (owner) await chown(path, owner.uid, owner.gid);
  };
  await owned("socket");
  const { unnamed, caFile } = await openCertificates(folder);
  await owned("data/server.crt", unnamed.cert);
  await owned("data/server.key", unnamed.key);
  await owned("data/pg_hba.conf", "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n");
  const port = await freePort();
  const settings = {
    ...(defaults ? { unix_socket_directories: "../socket" } : serverSettings("native", maxConnections)),
    ...{ listen_addresses: "127.0.0.1", port: String(port) },
    ...{ ssl: "on", ssl_cert_file: "server.crt", ssl_key_file: "server.key" },
  };
  let server: ServerProcess | undefined;
  const start = async (): Promise<void> => {
    server = await startServer(binaries, data, join(folder, "server.log"), settings);
  };
  const stop = async (): Promise<void> => {
    await server?.stop();
    server = undefined;
  };
  await start();
  await createUser(join(folder, "socket"), port);
  const ca = await readFile(caFile, "utf8");
  const database = "databricks_postgres";
  const connection = {
    host: "127.0.0.1",
    port,
    serverName: "localhost",
    ca,
    caFile,
    user,
    password,
    database,
  };
  return {
    get pid() {
      return server?.pid ?? 0;
    },
    connection,
    async relay() {
      const files = ["data/server.crt", "data/server.key", `socket/.s.PGSQL.${port}`];
      const server = await startChildServer(
        "bare-relay.ts",
        files.map((file) => join(folder, file)),
      );
      const { pid } = server;
      return {
        pid,
        connection: { ...connection, port: server.port },
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      };
    },
    start,
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function createUser(host: string, port: number): Promise<void> {
  const client = new pg.Client({ host, port, user: SUPERUSER, database: "postgres", ssl: false });
  await client.connect();
  try {
    await client.query(`CREATE ROLE ${user} SUPERUSER LOGIN PASSWORD '${password}'`);
  } finally {
    await client.end();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
