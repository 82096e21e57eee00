// The pool as ORMs want it that bring their own pool, or build theirs from the `pg` module.
import pg from "pg";
import type { LakebasePool } from "./lakebase-pool.ts";

/** The `pg` module with this pool in it: `new Pool()` is the pool, `new Client()` one more connection like its own. */
export type PgDriver = typeof pg;

/**
 * For ORMs that build their pool from the `pg` module (TypeORM's `driver`), or that pool clients themselves
 * (Sequelize's `dialectModule`, the `_driver` of a Knex dialect). An ORM that ends its pool ends this one.
 */
export function asDriver(pool: LakebasePool): PgDriver {
  const { Client: PoolClient, ...options } = pool.options;
  const Base = PoolClient as unknown as typeof pg.Client;
  // pg-pool's own options mean nothing to a client, and a client's come from the ORM first.
  class Client extends Base {
    constructor(given: pg.ClientConfig = {}) {
      const { host: _host, port: _port, user: _user, database: _database, ...wanted } = given;
      super({ ...options, ...wanted, ssl: options.ssl });
    }
  }
  // Returning an object from a constructor makes `new Pool()` that object.
  const Pool = function Pool() {
    return pool;
  };
  return Object.assign(Object.create(pg), { Client, Pool }) as PgDriver;
}

/** Options for `new Sequelize`: the driver, and a second try for a login whose token was refused. */
export function sequelizeOptions(pool: LakebasePool): {
  dialect: "postgres";
  dialectModule: PgDriver;
  retry: { max: number; match: RegExp[] };
} {
  return {
    dialect: "postgres",
    dialectModule: asDriver(pool),
    // Only logins fail with this text, so no query is repeated that may have run.
    retry: { max: 2, match: [/stage login: password authentication failed/] },
  };
}
