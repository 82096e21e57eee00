// Stands in for the PostgreSQL side in tests of pure API behaviour: remembers which servers run, holds no data.
import type { PostgresHost, PostgresHostOptions } from "../../../local/postgres/index.ts";

/** The stand-in, with what a test wants to know of it. */
export interface InMemoryPostgres extends PostgresHost {
  /** Every call that changes something, as `verb uid`. */
  readonly calls: string[];
  /** The login decision that the API gave. */
  readonly options: PostgresHostOptions;
}

/** Starts the stand-in. */
export async function startInMemoryPostgres(options: PostgresHostOptions): Promise<InMemoryPostgres> {
  const provisioned = new Set<string>();
  const running = new Set<string>();
  const calls: string[] = [];
  const need = (uid: string): void => {
    if (!provisioned.has(uid)) throw new Error(`instance ${uid} was not provisioned`);
  };
  return {
    options,
    calls,
    host: "127.0.0.1",
    port: options.port || 1,
    caFile: "/nonexistent/ca.crt",
    async provision({ uid, cloneOf }) {
      if (cloneOf) need(cloneOf);
      provisioned.add(uid);
    },
    async start(uid) {
      need(uid);
      if (!running.has(uid)) calls.push(`start ${uid}`);
      running.add(uid);
    },
    async stop(uid) {
      need(uid);
      if (running.delete(uid)) calls.push(`stop ${uid}`);
    },
    async destroy(uid) {
      need(uid);
      running.delete(uid);
      provisioned.delete(uid);
      calls.push(`destroy ${uid}`);
    },
    history: async () => "0/0",
    isRunning: (uid) => running.has(uid),
    async query() {
      return { rows: [] };
    },
    async session() {
      throw new Error("the stand-in for PostgreSQL has no sessions");
    },
    async identitiesChanged() {
      calls.push("identities");
    },
    setEndpoints(uid, { readOnlyDns }) {
      need(uid);
      calls.push(`endpoints ${uid} ${readOnlyDns ? "rw+ro" : "rw"}`);
    },
    async rotateCertificates() {
      calls.push("certificates");
    },
    async close() {
      running.clear();
    },
  };
}
