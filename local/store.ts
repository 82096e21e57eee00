// The durable state of a workspace: JSON documents in one SQLite file, written before a request is answered.
import { DatabaseSync } from "node:sqlite";

/** Documents of one kind under unique keys, in the order of their creation. */
export interface Collection<T> {
  get(key: string): T | undefined;
  /** Creates or replaces; a replaced document keeps its place. */
  put(key: string, value: T): void;
  delete(key: string): void;
  /** Documents whose member, named by a JSON path such as `$.parent.uid`, has the value; null: has none. Oldest first. */
  where(path: string, value: string | number | null): T[];
  /** Every document with its place, oldest first. */
  entries(): { key: string; place: number; value: T }[];
}

/** The state of one workspace. */
export interface Store {
  collection<T>(kind: string): Collection<T>;
  /** Runs the changes as one: all of them are durable, or none. */
  transaction<T>(change: () => T): T;
  close(): void;
}

/** Another process has the file open. */
export class StoreInUseError extends Error {}

/**
 * Opens the state in a file, and holds a lock on it that ends with the process, however that ends.
 * WAL with synchronous=FULL: what has been answered survives kill -9, and the machine's crash as well.
 */
export function openStore(file: string): Store {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    // The exclusive mode takes effect with the first transaction, so that two starts cannot both pass.
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    database.exec(`BEGIN IMMEDIATE;
      CREATE TABLE IF NOT EXISTS documents (
        place INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL,
        UNIQUE (kind, key)
      ) STRICT;
      COMMIT`);
  } catch (error) {
    database.close();
    if (/locked|busy/i.test(String(error))) throw new StoreInUseError(file, { cause: error });
    throw error;
  }
  return { collection: (kind) => collection(database, kind), transaction, close: () => database.close() };

  function transaction<T>(change: () => T): T {
    if (database.isTransaction) return change();
    database.exec("BEGIN IMMEDIATE");
    try {
      const result = change();
      database.exec("COMMIT");
      return result;
    } catch (error) {
      // SQLite itself has undone everything where there was no more room on the disk.
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
  }
}

function collection<T>(database: DatabaseSync, kind: string): Collection<T> {
  const select = database.prepare("SELECT body FROM documents WHERE kind = ? AND key = ?");
  const upsert = database.prepare(
    "INSERT INTO documents (kind, key, body) VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body",
  );
  const remove = database.prepare("DELETE FROM documents WHERE kind = ? AND key = ?");
  const all = database.prepare("SELECT key, place, body FROM documents WHERE kind = ? ORDER BY place");
  const matching = database.prepare(
    "SELECT body FROM documents WHERE kind = ? AND json_extract(body, ?) IS ? ORDER BY place",
  );
  return {
    get(key) {
      const row = select.get(kind, key);
      return row === undefined ? undefined : (JSON.parse(String(row.body)) as T);
    },
    where: (path, value) => matching.all(kind, path, value).map((row) => JSON.parse(String(row.body)) as T),
    put(key, value) {
      upsert.run(kind, key, JSON.stringify(value));
    },
    delete(key) {
      remove.run(kind, key);
    },
    entries: () =>
      all.all(kind).map((row) => ({
        key: String(row.key),
        place: Number(row.place),
        value: JSON.parse(String(row.body)) as T,
      })),
  };
}
