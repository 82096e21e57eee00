// The instances in the store: unique names, lookup by name and by uid, parents and children.
import type { Store } from "../store.ts";
import { notFound } from "./errors.ts";
import type { InstanceRecord } from "./instance-record.ts";

/** Access to the instances of the workspace. */
export interface Instances {
  find(name: string): InstanceRecord | undefined;
  /** The instance, or the 404 of an unknown one. */
  require(name: string): InstanceRecord;
  byUid(uid: string): InstanceRecord | undefined;
  /** The clones taken from an instance. */
  childrenOf(uid: string): InstanceRecord[];
  all(): InstanceRecord[];
  /** Oldest first, with the place that pages are cut by. */
  entries(): { place: number; value: InstanceRecord }[];
  save(record: InstanceRecord): void;
  remove(record: InstanceRecord): void;
  /** Called after an instance is gone, in the same transaction. */
  onRemoved(listener: (record: InstanceRecord) => void): void;
}

/** The instances of a store. */
export function openInstances(store: Store): Instances {
  const table = store.collection<InstanceRecord>("instance");
  const listeners: ((record: InstanceRecord) => void)[] = [];
  const all = (): InstanceRecord[] => table.entries().map((entry) => entry.value);
  return {
    find: table.get,
    require(name) {
      const record = table.get(name);
      if (!record) throw notFound(`Database instance '${name}' not found.`);
      return record;
    },
    byUid: (uid) => table.where("$.uid", uid)[0],
    childrenOf: (uid) => table.where("$.parent.uid", uid),
    all,
    entries: table.entries,
    save: (record) => table.put(record.name, record),
    remove(record) {
      store.transaction(() => {
        table.delete(record.name);
        for (const listener of listeners) listener(record);
      });
    },
    onRemoved: (listener) => listeners.push(listener),
  };
}
