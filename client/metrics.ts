// OpenTelemetry metrics of a pool, by the semantic conventions for database clients; never any SQL.
import type { Meter, ObservableResult } from "./meter.ts";

/** What is measured: a pool, whose changes are heard and whose figures are read. */
export interface MeasuredPool {
  readonly idleCount: number;
  readonly totalCount: number;
  readonly waitingCount: number;
  readonly options: { max: number };
  on(event: "token" | "refresh-failed" | "reconnect", listener: () => void): unknown;
  on(event: "token", listener: (details: { tookMillis: number }) => void): unknown;
  off(event: string, listener: (details: { tookMillis: number }) => void): unknown;
}

/** The meter of `@opentelemetry/api`, if the application has that package. */
export async function findMeter(): Promise<Meter | undefined> {
  // Not a literal, so that bundlers do not ask for a package that need not be there.
  const name = "@opentelemetry/api";
  try {
    const api = (await import(name)) as { metrics: { getMeter(name: string): Meter } };
    return api.metrics.getMeter("pulumi-lakebase");
  } catch {
    return undefined;
  }
}

/** Reports a pool to the meter; the function returned ends it. */
export function reportMetrics(pool: MeasuredPool, meter: Meter, poolName: string): () => void {
  const attributes = { "db.client.connection.pool.name": poolName };
  const observe = (name: string, description: string, read: (result: ObservableResult) => void) => {
    const instrument = meter.createObservableUpDownCounter(name, { description });
    instrument.addCallback(read);
    return () => instrument.removeCallback(read);
  };
  const count = (event: "token" | "refresh-failed" | "reconnect", name: string, description: string) => {
    const counter = meter.createCounter(name, { description });
    const add = () => counter.add(1, attributes);
    pool.on(event, add);
    return () => pool.off(event, add);
  };
  const minting = meter.createHistogram("lakebase.token.refresh.duration", {
    description: "How long a new token took",
    unit: "s",
  });
  const recordMinting = ({ tookMillis }: { tookMillis: number }) =>
    minting.record(tookMillis / 1000, attributes);
  pool.on("token", recordMinting);
  const ends = [
    observe("db.client.connection.count", "Connections by state", (result) => {
      const state = "db.client.connection.state";
      result.observe(pool.idleCount, { ...attributes, [state]: "idle" });
      result.observe(pool.totalCount - pool.idleCount, { ...attributes, [state]: "used" });
    }),
    observe("db.client.connection.max", "Connections that the pool may open", (result) =>
      result.observe(pool.options.max, attributes),
    ),
    observe("db.client.connection.pending_requests", "Callers that wait for a connection", (result) =>
      result.observe(pool.waitingCount, attributes),
    ),
    count("token", "lakebase.token.refreshes", "New tokens"),
    count("refresh-failed", "lakebase.token.refresh.failures", "Failed attempts to get a new token"),
    count("reconnect", "lakebase.login.retries", "Logins repeated with a new token after a refusal"),
    () => pool.off("token", recordMinting),
  ];
  return () => {
    for (const end of ends) end();
  };
}
