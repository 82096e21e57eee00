// A real PostgreSQL behind the TLS gateway, with an authority whose tokens live by a test's clock.
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLakebasePool, type LakebasePool, type LakebasePoolOptions } from "../../../client/index.ts";
import type { IssuedToken } from "../../../client/token-types.ts";
import { WorkspaceError } from "../../../lakebase/workspace/index.ts";
import { type PostgresHost, startPostgresHost } from "../../../local/postgres/index.ts";
import { FakeClock } from "./fake-clock.ts";

/** Mints and judges tokens. */
export class Authority {
  readonly clock = new FakeClock();
  lifetimeMillis = 3_600_000;
  isFailing = false;
  minted = 0;
  /** Logins by outcome. */
  readonly logins = { accepted: 0, refused: 0 };
  readonly #expiries = new Map<string, number>();

  readonly mint = async (): Promise<IssuedToken> => {
    if (this.isFailing) {
      throw new WorkspaceError({ status: 503, errorCode: "UNAVAILABLE", reason: "down", fix: "wait" });
    }
    this.minted += 1;
    const token = `secret-token-${this.minted}-${randomUUID()}`;
    const expiresAt = this.clock.now() + this.lifetimeMillis;
    this.#expiries.set(token, expiresAt);
    return { token, expiresAt: new Date(expiresAt) };
  };

  revokeAll(): void {
    this.#expiries.clear();
  }

  readonly authenticate = async ({ password }: { password: string }) => {
    const isValid = (this.#expiries.get(password) ?? 0) > this.clock.now();
    this.logins[isValid ? "accepted" : "refused"] += 1;
    return isValid ? ({ ok: true } as const) : ({ ok: false, reason: "expired or revoked" } as const);
  };
}

/** One instance with its authority. */
export interface TestDatabase extends AsyncDisposable {
  readonly authority: Authority;
  readonly host: PostgresHost;
  readonly uid: string;
  readonly readWriteDns: string;
  readonly readOnlyDns: string;
  readonly owner: string;
  /** What connects to it. */
  readonly options: LakebasePoolOptions;
  /** A pool on it, which ends with the database unless it was ended before. */
  open(options?: LakebasePoolOptions): LakebasePool;
}

/** Starts the gateway and one instance in a folder of its own. */
export async function startDatabase(): Promise<TestDatabase> {
  const dataDir = await mkdtemp(join(tmpdir(), "lakebase-client-"));
  const authority = new Authority();
  const uid = randomUUID();
  const names = {
    readWriteDns: `instance-${uid}.database.localhost`,
    readOnlyDns: `instance-ro-${uid}.database.localhost`,
  };
  const owner = "ada@example.com";
  const { authenticate } = authority;
  const host = await startPostgresHost({ dataDir, port: 0, authenticate, instancesOfToken: async () => [] });
  const pools: LakebasePool[] = [];
  const stop = async () => {
    await Promise.allSettled(pools.map((pool) => pool[Symbol.asyncDispose]()));
    await host.close();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    await host.provision({ uid, owner, ...names });
    await host.start(uid);
  } catch (error) {
    await stop();
    throw error;
  }
  const options: LakebasePoolOptions = {
    env: {},
    host: names.readWriteDns,
    readOnlyHost: names.readOnlyDns,
    port: host.port,
    user: owner,
    sslRootCert: host.caFile,
    mintToken: authority.mint,
    meter: false,
  };
  return {
    authority,
    host,
    uid,
    ...names,
    owner,
    options,
    open(given = {}) {
      const pool = createLakebasePool({ ...options, ...given }, { clock: authority.clock });
      pools.push(pool);
      return pool;
    },
    [Symbol.asyncDispose]: stop,
  };
}

/** Counts what came of many promises. */
export async function tally(work: Promise<unknown>[]): Promise<{ done: number; failures: string[] }> {
  const outcomes = await Promise.allSettled(work);
  const failures = outcomes.flatMap((one) => (one.status === "rejected" ? [String(one.reason)] : []));
  return { done: outcomes.length - failures.length, failures };
}
