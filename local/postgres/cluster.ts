// One instance's PostgreSQL cluster: its data, its server, and superuser connections to it.
import { chmod, chown, mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import pg from "pg";
import { type Binaries, exists } from "./binaries.ts";
import { copyRunningCluster, copyStoppedCluster } from "./clone.ts";
import { copyTree } from "./copy-tree.ts";
import { writeIdentities } from "./databricks-auth.ts";
import {
  beginHistory,
  beginningOfHistory,
  copyHistory,
  markPresent,
  noteBase,
  type PointInTime,
  recoverTo,
} from "./history.ts";
import { createOwner } from "./initial-roles.ts";
import { reapServer, type ServerProcess, startServer } from "./server-process.ts";
import { serverUser } from "./server-user.ts";
import { SOCKET_PORT, serverSettings } from "./settings.ts";
import { SUPERUSER, templateDataDir } from "./template.ts";
import type { QueryRows, WorkspaceIdentity } from "./types.ts";

/** Ends the name of a folder that is being made or deleted. */
export const PARTIAL_SUFFIX = ".partial";

/** What a cluster needs from the host that it lives in. */
export interface ClusterOptions {
  uid: string;
  owner: string;
  binaries: Binaries;
  /** The instance's own folder. */
  folder: string;
  /** Short path that will lead to the folder of the server's socket. */
  socketLink: string;
  maxConnections: number;
  identities: () => readonly WorkspaceIdentity[];
  log: (line: string) => void;
}

/** One instance's cluster. Operations on it run one after the other. */
export class Cluster {
  readonly uid: string;
  readonly #options: ClusterOptions;
  readonly #dataDir: string;
  readonly #pools = new Map<string, pg.Pool>();
  #server: ServerProcess | undefined;
  #poweredOn = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: ClusterOptions) {
    this.uid = options.uid;
    this.#options = options;
    this.#dataDir = join(options.folder, "data");
  }

  get isRunning(): boolean {
    return this.#server !== undefined;
  }

  /** Whether the cluster was started and not stopped, even if its server has crashed since. */
  get isPoweredOn(): boolean {
    return this.#poweredOn;
  }

  /** Creates the data on first use: a copy of `parent`, as it is or was at some point, or empty databases. */
  create(parent?: Cluster, at?: PointInTime): Promise<void> {
    return this.#exclusive(async () => {
      const { folder, binaries } = this.#options;
      if (!(await exists(this.#options.socketLink))) {
        await symlink(join(folder, "socket"), this.#options.socketLink);
      }
      if (await exists(folder)) return;
      const partial = `${folder}${PARTIAL_SUFFIX}`;
      await rm(partial, { recursive: true, force: true });
      await mkdir(partial);
      // Enough for the servers' user to get from `data` to `socket` beside it; it must not write here, as root does.
      await chmod(partial, serverUser() ? 0o711 : 0o700);
      await makeServerFolder(join(partial, "socket"));
      const data = join(partial, "data");
      if (!parent) {
        const template = await templateDataDir(binaries);
        await copyTree(template, data, { owner: serverUser() });
        await noteBase(partial, template);
      } else if (at === undefined || !(await this.#recover(parent, at, partial))) await parent.copyTo(data);
      await rename(partial, folder);
    });
  }

  /** Where the kept log begins, which clones of earlier points are recovered from; undefined where it is not kept. */
  history(): Promise<string | undefined> {
    return beginningOfHistory(this.#options.folder, this.#dataDir);
  }

  /** Copies the past, up to now. */
  copyHistoryTo(target: string): Promise<void> {
    return this.#exclusive(async () => {
      if (this.#server) await this.#asSuperuser(markPresent);
      await copyHistory(this.#options.folder, this.#dataDir, target);
    });
  }

  /** Copies the present data, of a running server as of a stopped one, into a folder that does not exist yet. */
  copyTo(target: string): Promise<void> {
    return this.#exclusive(async () => {
      if (!this.#server) return copyStoppedCluster(this.#dataDir, target);
      await this.#asSuperuser((client) => copyRunningCluster(client, this.#dataDir, target));
    });
  }

  start(): Promise<void> {
    return this.#exclusive(async () => {
      await this.#start();
      this.#poweredOn = true;
    });
  }

  stop(): Promise<void> {
    return this.#exclusive(() => this.#stop());
  }

  /** Stops the server and deletes the data. */
  destroy(): Promise<void> {
    return this.#exclusive(async () => {
      await this.#stop();
      await reapServer(this.#dataDir);
      // Renamed first: a deletion that is cut off must not leave half a cluster under the instance's name.
      const partial = `${this.#options.folder}${PARTIAL_SUFFIX}`;
      await rm(partial, { recursive: true, force: true });
      if (await exists(this.#options.folder)) await rename(this.#options.folder, partial);
      await rm(partial, { recursive: true, force: true });
      await rm(this.#options.socketLink, { force: true });
    });
  }

  /** Tells the server, running or not, whom the workspace knows. */
  writeIdentities(): Promise<void> {
    return writeIdentities(this.#options.folder, this.#options.identities());
  }

  /** A connection to the server's socket; a crashed server is started again first. */
  async connect(): Promise<Socket> {
    await this.#revive();
    const socket = connect(join(this.#options.socketLink, `.s.PGSQL.${SOCKET_PORT}`));
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return socket;
  }

  /** Runs a statement as superuser. */
  async query(database: string, sql: string, params?: unknown[]): Promise<QueryRows> {
    await this.#revive();
    const { rows } = await this.#pool(database).query<Record<string, unknown>>(sql, params);
    return { rows };
  }

  /** Opens a superuser connection that its caller ends. */
  async session(database: string): Promise<pg.Client> {
    await this.#revive();
    const client = new pg.Client(this.#connection(database));
    // A lost connection fails the statement under way; without a listener it would end the process.
    client.on("error", () => {});
    await client.connect();
    return client;
  }

  /** Makes the data that the parent had; resolves to whether something has happened there since. */
  async #recover(parent: Cluster, at: PointInTime, folder: string): Promise<boolean> {
    const { binaries, uid, maxConnections } = this.#options;
    const dataDir = join(folder, "data");
    await parent.copyHistoryTo(dataDir);
    const place = { binaries, dataDir, logFile: join(folder, "recovery.log") };
    const isReached = await recoverTo(at, place, serverSettings(uid, maxConnections));
    if (!isReached) await rm(dataDir, { recursive: true });
    return isReached;
  }

  async #revive(): Promise<void> {
    if (!this.#poweredOn) throw new Error(`database instance ${this.uid} is not running`);
    if (this.#server) return;
    await this.#exclusive(async () => {
      if (this.#poweredOn) await this.#start();
    });
  }

  async #start(): Promise<void> {
    if (this.#server) return;
    const { binaries, folder, uid, maxConnections } = this.#options;
    await this.writeIdentities();
    const server = await startServer(
      binaries,
      this.#dataDir,
      join(folder, "server.log"),
      serverSettings(uid, maxConnections),
    );
    this.#server = server;
    void server.exited.then(() => this.#exited(server));
    try {
      await this.#createOwnerOnce();
    } catch (error) {
      await this.#stop();
      throw error;
    }
  }

  #exited(server: ServerProcess): void {
    if (this.#server !== server) return;
    this.#server = undefined;
    this.#options.log(
      `the server of instance ${this.uid} ended unexpectedly; it is started again when needed`,
    );
  }

  async #createOwnerOnce(): Promise<void> {
    const marker = join(this.#options.folder, "owner");
    if (await exists(marker)) return;
    await this.#asSuperuser(async (client) => {
      await beginHistory(client, this.#options.folder);
      await createOwner(client, this.#options.owner);
    });
    await writeFile(marker, `${this.#options.owner}\n`, { mode: 0o600 });
  }

  async #stop(): Promise<void> {
    this.#poweredOn = false;
    const server = this.#server;
    this.#server = undefined;
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    // Together: a pool ends when its last query does, and the server ends those.
    await Promise.all([...pools.map((pool) => pool.end()), server?.stop()]);
  }

  async #asSuperuser<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client(this.#connection("postgres"));
    // A lost connection fails the statement under way; without a listener it would end the process.
    client.on("error", () => {});
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  #pool(database: string): pg.Pool {
    let pool = this.#pools.get(database);
    if (!pool) {
      // Idle connections go soon: they would keep the owner from dropping the database.
      pool = new pg.Pool({
        ...this.#connection(database),
        max: 3,
        idleTimeoutMillis: 1_000,
        allowExitOnIdle: true,
      });
      pool.on("error", () => {});
      this.#pools.set(database, pool);
    }
    return pool;
  }

  #connection(database: string): pg.ClientConfig {
    const host = this.#options.socketLink;
    // `ssl` and the name are set so that PGSSLMODE and PGAPPNAME of this process's environment do not apply.
    return {
      host,
      port: SOCKET_PORT,
      user: SUPERUSER,
      database,
      ssl: false,
      application_name: "local workspace",
    };
  }

  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }
}

async function makeServerFolder(path: string): Promise<void> {
  await mkdir(path);
  await chmod(path, 0o700);
  const owner = serverUser();
  if (owner) await chown(path, owner.uid, owner.gid);
}
