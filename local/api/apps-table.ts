// The apps in the store, with the state of their compute by the workspace's clock.
import { randomBytes } from "node:crypto";
import type { Store } from "../store.ts";
import { alreadyExists, notFound } from "./errors.ts";

/** Something of the workspace that an app may use, under a key of its own. */
export interface AppResource {
  name: string;
  description?: string;
  database?: { instance_name: string; database_name: string; permission: string };
  /** Other kinds are kept as they came: nothing here looks into them. */
  [kind: string]: unknown;
}

/** A database that the app's service principal has been let into. */
export interface BoundDatabase {
  /** The instance itself, not its name: another one of that name has none of the grants. */
  instanceUid: string;
  databaseName: string;
}

/** The compute of an app, and when it has come to rest. */
export interface AppCompute {
  target: "ACTIVE" | "STOPPED" | "DELETED";
  dueAt: number;
}

/** An app in the store. */
export interface AppRecord {
  id: string;
  name: string;
  /** What the client set beyond name and resources, under the names of the API. */
  settings: Record<string, unknown>;
  resources: AppResource[];
  bound: BoundDatabase[];
  creator: string;
  createdAt: number;
  updater: string;
  updatedAt: number;
  url: string;
  servicePrincipal: { id: string; clientId: string; name: string };
  compute: AppCompute;
}

/** The apps of the workspace. */
export interface Apps {
  find(name: string): AppRecord | undefined;
  /** The app, or the 404 of an unknown one. */
  require(name: string): AppRecord;
  /**
   * Refuses a name that is taken, also by an app that is still being deleted; keeps it from others until disposed of,
   * as making an app waits for PostgreSQL.
   */
  reserve(name: string): Disposable;
  /** Oldest first, with the place that pages are cut by. */
  entries(): { place: number; value: AppRecord }[];
  save(record: AppRecord): void;
  /** Whether the instance is bound to the app of this service principal. */
  isBound(clientId: string, instanceUid: string): boolean;
}

/** The apps of a store. An app whose deletion is over is forgotten at the next look. */
export function openApps(store: Store, now: () => number): Apps {
  const table = store.collection<AppRecord>("app");
  const reserved = new Set<string>();
  const isGone = ({ compute }: AppRecord): boolean => compute.target === "DELETED" && now() >= compute.dueAt;
  const find = (name: string): AppRecord | undefined => {
    const record = table.get(name);
    if (record === undefined || !isGone(record)) return record;
    table.delete(name);
    return undefined;
  };
  const entries = () => table.entries().filter(({ value }) => !isGone(value));
  return {
    find,
    entries,
    require(name) {
      const record = find(name);
      if (!record) throw notFound(`App with name ${name} does not exist or is deleted.`);
      return record;
    },
    reserve(name) {
      if (find(name) || reserved.has(name))
        throw alreadyExists(`An app with the same name already exists: ${name}`);
      reserved.add(name);
      return { [Symbol.dispose]: () => void reserved.delete(name) };
    },
    save: (record) => table.put(record.name, record),
    isBound: (clientId, instanceUid) =>
      entries().some(
        ({ value }) =>
          value.compute.target !== "DELETED" &&
          value.servicePrincipal.clientId === clientId &&
          value.bound.some((database) => database.instanceUid === instanceUid),
      ),
  };
}

const underway = { ACTIVE: "STARTING", STOPPED: "STOPPING", DELETED: "DELETING" } as const;

/** The state of an app's compute. */
export function computeStateOf({ compute }: AppRecord, now: number): string {
  return now < compute.dueAt ? underway[compute.target] : compute.target;
}

/** The part of a service principal's display name that tells apps of one name, one after the other, apart. */
export function newPrincipalPrefix(): string {
  return `app-${randomBytes(3).toString("hex")}`;
}
