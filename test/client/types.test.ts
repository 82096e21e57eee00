// Types of the public surface: what compiles, and what must not.
import type { Pool, PoolClient, PoolConfig } from "pg";
import { describe, expectTypeOf, it } from "vitest";
import {
  type createLakebasePool,
  type LakebaseExports,
  LakebasePool,
  type LakebasePoolOptions,
  type TokenSource,
} from "../../client/index.ts";

describe("types", () => {
  it("a pool is a pg.Pool", () => {
    expectTypeOf<LakebasePool>().toExtend<Pool>();
    expectTypeOf<typeof createLakebasePool>().returns.toEqualTypeOf<LakebasePool>();
    expectTypeOf<LakebasePool>().toExtend<AsyncDisposable>();
    expectTypeOf(LakebasePool.prototype.connect).returns.resolves.toEqualTypeOf<PoolClient>();
  });

  it("options take every key of PoolConfig but the password", () => {
    expectTypeOf<Exclude<keyof PoolConfig, keyof LakebasePoolOptions>>().toEqualTypeOf<"password">();
    expectTypeOf<Omit<PoolConfig, "password" | "ssl">>().toExtend<LakebasePoolOptions>();
    expectTypeOf<{ ssl: false }>().not.toExtend<LakebasePoolOptions>();
    expectTypeOf<{ ssl: { ca: string } }>().toExtend<LakebasePoolOptions>();
    expectTypeOf<{ poolSize: string }>().not.toExtend<LakebasePoolOptions>();
    expectTypeOf<{ tokens: { mode: "eager" } }>().not.toExtend<LakebasePoolOptions>();
    expectTypeOf<{ tokens: { mode: "lazy"; cacheMillis: number } }>().toExtend<LakebasePoolOptions>();
    expectTypeOf<{ tokens: TokenSource }>().toExtend<LakebasePoolOptions>();
    expectTypeOf<{ exports: LakebaseExports }>().toExtend<LakebasePoolOptions>();
    expectTypeOf<{ exports: number }>().not.toExtend<LakebasePoolOptions>();
  });

  it("events are typed", () => {
    const listen = (pool: LakebasePool) =>
      pool
        .on("token", ({ expiresAt }) => expectTypeOf(expiresAt).toEqualTypeOf<Date>())
        .on("reconnect", ({ error }) => expectTypeOf(error).toEqualTypeOf<Error>())
        .on("connect", (client) => expectTypeOf(client).toEqualTypeOf<PoolClient>());
    expectTypeOf(listen).returns.toEqualTypeOf<LakebasePool>();
  });
});
