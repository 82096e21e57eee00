// What the PostgreSQL tests share: a host on a temporary folder, and clients from `pg` down to bare sockets.
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { connect as connectTcp, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import pg from "pg";
import {
  type PostgresHost,
  type PostgresHostOptions,
  startPostgresHost,
} from "../../../local/postgres/index.ts";

export const OWNER = "someone@example.com";
export const TOKEN = "a-good-token";

/** A host whose only valid password is {@link TOKEN}, for {@link OWNER}; the log is collected. */
export interface TestHost extends PostgresHost, AsyncDisposable {
  dataDir: string;
  log: string[];
}

/** Starts a host; disposing of it removes its data. */
export async function startTestHost(options: Partial<PostgresHostOptions> = {}): Promise<TestHost> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "lakebase-test-")));
  const log: string[] = [];
  const host = await startPostgresHost({
    dataDir,
    port: 0,
    authenticate: async ({ password }) =>
      password === TOKEN ? { ok: true } : { ok: false, reason: "not the test's token" },
    instancesOfToken: async () => [],
    log: (line) => log.push(line),
    ...options,
  });
  return {
    ...host,
    dataDir,
    log,
    [Symbol.asyncDispose]: async () => {
      await host.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The DNS names of an instance in the tests. */
export function names(uid: string): { readWriteDns: string; readOnlyDns: string } {
  return {
    readWriteDns: `instance-${uid}.database.localhost`,
    readOnlyDns: `instance-ro-${uid}.database.localhost`,
  };
}

/** Provisions and starts an instance. */
export async function startInstance(host: PostgresHost, uid: string, cloneOf?: string): Promise<void> {
  await host.provision({ uid, owner: OWNER, ...names(uid), ...(cloneOf ? { cloneOf } : {}) });
  await host.start(uid);
}

/** Options of a client that verifies the gateway's certificate for the name that it asks for. */
export function clientConfig(
  host: PostgresHost,
  uid: string,
  more: pg.ClientConfig & { name?: string } = {},
): pg.ClientConfig {
  const { name = names(uid).readWriteDns, ...config } = more;
  return {
    host: host.host,
    port: host.port,
    user: OWNER,
    password: TOKEN,
    database: "databricks_postgres",
    ssl: { ca: readFileSync(host.caFile, "utf8"), servername: name },
    ...config,
  };
}

/** Connects a client, runs `work` with it and disconnects. */
export async function withClient<T>(
  config: pg.ClientConfig,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(config);
  client.on("error", () => {});
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Runs one statement as the owner; resolves with the first column of the first row. */
export function sql(host: PostgresHost, uid: string, text: string, name?: string): Promise<unknown> {
  return withClient(clientConfig(host, uid, name ? { name } : {}), async (client) => {
    const { rows } = await client.query({ text, rowMode: "array" });
    return (rows[0] as unknown[] | undefined)?.[0];
  });
}

/** A bare TCP connection to the gateway. */
export async function rawConnect(host: PostgresHost): Promise<Socket> {
  const socket = connectTcp(host.port, host.host);
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** A TLS connection made with PostgreSQL's SSLRequest. */
export async function tlsConnect(host: PostgresHost, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = await rawConnect(host);
  socket.write(request(80_877_103));
  const answer = await readChunk(socket);
  if (answer.toString() !== "S") throw new Error(`the gateway answered ${JSON.stringify(answer.toString())}`);
  return upgrade(socket, host, options);
}

/** TLS over a connected socket. */
export async function upgrade(
  socket: Socket,
  host: PostgresHost,
  options: ConnectionOptions = {},
): Promise<TLSSocket> {
  const secure = connectTls({ socket, ca: readFileSync(host.caFile), servername: "localhost", ...options });
  await once(secure, "secureConnect");
  secure.on("error", () => {});
  return secure;
}

/** The next chunk; the end of the connection counts as an empty one. */
export async function readChunk(socket: Socket): Promise<Buffer> {
  for (;;) {
    const chunk = socket.read() as Buffer | null;
    if (chunk) return chunk;
    if (socket.readableEnded || socket.destroyed) return Buffer.alloc(0);
    await new Promise<void>((resolve) => {
      for (const event of ["readable", "end", "close"]) socket.once(event, resolve);
    });
  }
}

/** Everything until the gateway closes. */
export async function readToEnd(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let chunk = await readChunk(socket); chunk.length > 0; chunk = await readChunk(socket))
    chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A packet of the startup phase: length, code, rest. */
export function request(code: number, rest: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(8);
  header.writeInt32BE(8 + rest.length, 0);
  header.writeInt32BE(code, 4);
  return Buffer.concat([header, rest]);
}

/** A startup message. */
export function startup(parameters: Record<string, string>, version = 3 << 16): Buffer {
  const text = Object.entries(parameters).map(([name, value]) => `${name}\0${value}\0`);
  return request(version, Buffer.from(`${text.join("")}\0`));
}

/** A message with type and length. */
export function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}

/** The fields of an ErrorResponse. */
export function errorFields(bytes: Buffer): Record<string, string> {
  if (bytes[0] !== 0x45) throw new Error(`no ErrorResponse: ${JSON.stringify(bytes.toString("latin1"))}`);
  const fields = bytes.toString("utf8", 5, bytes.readInt32BE(1) + 1).split("\0");
  return Object.fromEntries(fields.filter(Boolean).map((field) => [field[0]!, field.slice(1)]));
}

/** Polls until the condition holds; the deadline is a net, not a measure. */
export async function eventually(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await delay(20)) {
    if (await condition()) return;
  }
  throw new Error(`it never came to pass that ${what}`);
}

/** Process ids of the PostgreSQL servers of one data folder, from their lock files. */
export function serverPid(dataDir: string, uid: string): number {
  return Number(
    readFileSync(join(dataDir, "postgres", "instances", uid, "data", "postmaster.pid"), "utf8").split(
      "\n",
    )[0],
  );
}

/** Whether a process with the id exists and is no zombie. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** A temporary folder that removes itself. */
export function temporaryFolder(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), "lakebase-test-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
