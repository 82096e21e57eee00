// The clusters of a workspace, by instance and by DNS name.
import { join } from "node:path";
import type { Binaries } from "./binaries.ts";
import { Cluster } from "./cluster.ts";
import type { Directory, Endpoint } from "./login.ts";
import { SUPERUSER } from "./template.ts";
import type { InstanceEndpoints, PostgresHostOptions, ProvisionedInstance } from "./types.ts";

/** A uid is part of a path. */
const UID = /^[0-9A-Za-z][0-9A-Za-z_-]{0,127}$/;

/** The clusters of a workspace. */
export class Clusters implements Directory {
  readonly #options: PostgresHostOptions;
  readonly #binaries: Binaries;
  readonly #folder: string;
  readonly #socketFolder: string;
  readonly #clusters = new Map<string, Cluster>();
  readonly #names = new Map<string, { uid: string; readOnly: boolean }>();
  #links = 0;

  /** `folder` keeps the data; `socketFolder` is temporary and has a short path. */
  constructor(options: PostgresHostOptions, binaries: Binaries, folder: string, socketFolder: string) {
    this.#options = options;
    this.#binaries = binaries;
    this.#folder = folder;
    this.#socketFolder = socketFolder;
  }

  /** Makes the instance known; creates its data on first use. */
  async provision(instance: ProvisionedInstance): Promise<void> {
    const { uid, owner, cloneOf, cloneAt } = instance;
    if (!UID.test(uid))
      throw new Error(`instance uid ${JSON.stringify(uid)} is not made of letters, digits, - and _`);
    if (owner === SUPERUSER || owner === "")
      throw new Error(`${JSON.stringify(owner)} cannot own an instance`);
    const cluster = this.#clusters.get(uid) ?? this.#create(uid, owner);
    this.#clusters.set(uid, cluster);
    try {
      await cluster.create(cloneOf === undefined ? undefined : this.get(cloneOf), cloneAt);
    } catch (error) {
      this.#clusters.delete(uid);
      throw error;
    }
    this.setEndpoints(uid, instance);
  }

  /** Replaces the names of an instance. */
  setEndpoints(uid: string, { readWriteDns, readOnlyDns }: InstanceEndpoints): void {
    this.get(uid);
    this.#forgetNames(uid);
    this.#names.set(readWriteDns.toLowerCase(), { uid, readOnly: false });
    if (readOnlyDns !== undefined) this.#names.set(readOnlyDns.toLowerCase(), { uid, readOnly: true });
  }

  /** Stops the server, deletes the data and forgets the names. */
  async destroy(uid: string): Promise<void> {
    await this.get(uid).destroy();
    this.#forgetNames(uid);
    this.#clusters.delete(uid);
  }

  /** Stops every server; all are tried before the first failure is thrown. */
  async stopAll(): Promise<void> {
    const results = await Promise.allSettled([...this.#clusters.values()].map((cluster) => cluster.stop()));
    for (const result of results) if (result.status === "rejected") throw result.reason;
  }

  /** Tells the running servers of the workspace's identities; a stopped one is told when it starts. */
  async identitiesChanged(): Promise<void> {
    const running = [...this.#clusters.values()].filter((cluster) => cluster.isPoweredOn);
    await Promise.all(running.map((cluster) => cluster.writeIdentities()));
  }

  find(uid: string): Cluster | undefined {
    return this.#clusters.get(uid);
  }

  get(uid: string): Cluster {
    const cluster = this.#clusters.get(uid);
    if (!cluster) throw new Error(`there is no database instance with uid ${JSON.stringify(uid)}`);
    return cluster;
  }

  byName(name: string): Endpoint | undefined {
    const found = this.#names.get(name);
    return found && { cluster: this.get(found.uid), readOnly: found.readOnly };
  }

  byUid(uid: string): Endpoint | undefined {
    const cluster = this.#clusters.get(uid);
    return cluster && { cluster, readOnly: false };
  }

  #create(uid: string, owner: string): Cluster {
    return new Cluster({
      uid,
      owner,
      binaries: this.#binaries,
      folder: join(this.#folder, uid),
      socketLink: join(this.#socketFolder, String(++this.#links)),
      maxConnections: this.#options.maxConnections ?? MAX_CONNECTIONS,
      identities: this.#options.identities ?? (() => []),
      log: this.#options.log ?? (() => {}),
    });
  }

  #forgetNames(uid: string): void {
    for (const [name, endpoint] of this.#names) if (endpoint.uid === uid) this.#names.delete(name);
  }
}

/** Client connections that an instance takes where nothing else is asked for. */
export const MAX_CONNECTIONS = 1_000;
