// Each ORM by its recipe: it works, and when every token is revoked it goes on as if nothing had happened.
import { PrismaPg } from "@prisma/adapter-pg";
import { drizzle } from "drizzle-orm/node-postgres";
import { pgTable, serial, text } from "drizzle-orm/pg-core";
import knex from "knex";
import { type Generated, Kysely, PostgresDialect } from "kysely";
import { DataTypes, Sequelize } from "sequelize";
import { DataSource, EntitySchema } from "typeorm";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { asDriver, type LakebasePool, sequelizeOptions } from "../../client/index.ts";
import { startDatabase, type TestDatabase } from "./support/database.ts";
import { createPrismaClient } from "./support/prisma/client.ts";

let database: TestDatabase;
let pool: LakebasePool;

beforeAll(async () => {
  database = await startDatabase();
  await using admin = database.open();
  await admin.query("CREATE TABLE items (id serial PRIMARY KEY, name text NOT NULL)");
});

afterAll(async () => {
  await database?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await database.host.query(database.uid, "databricks_postgres", "TRUNCATE items");
  // Each query logs in, so that a revoked token is met at once.
  pool = database.open({ maxUses: 1 });
  Object.assign(database.authority.logins, { accepted: 0, refused: 0 });
});

afterEach(() => pool[Symbol.asyncDispose]());

/** Adds an item, revokes every token, adds another one, and counts. */
async function addAroundRevocation(add: (name: string) => Promise<unknown>, count: () => Promise<number>) {
  await add("before");
  database.authority.revokeAll();
  await add("after");
  database.authority.revokeAll();
  expect(await count()).toBe(2);
  expect(database.authority.logins.refused).toBe(2);
}

it("Drizzle", async () => {
  const items = pgTable("items", { id: serial().primaryKey(), name: text().notNull() });
  const db = drizzle({ client: pool });
  await addAroundRevocation(
    (name) => db.insert(items).values({ name }),
    () => db.$count(items),
  );
  database.authority.revokeAll();
  await db.transaction(async (transaction) => {
    await transaction.insert(items).values({ name: "third" });
    expect(await transaction.$count(items)).toBe(3);
  });
});

it("Kysely", async () => {
  interface Tables {
    items: { id: Generated<number>; name: string };
  }
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  await addAroundRevocation(
    (name) => db.insertInto("items").values({ name }).execute(),
    async () => (await db.selectFrom("items").selectAll().execute()).length,
  );
  await db.destroy();
  expect(pool.ended).toBe(true);
});

it("Prisma", async () => {
  const prisma = createPrismaClient(new PrismaPg(pool));
  await addAroundRevocation(
    (name) => prisma.item.create({ data: { name } }),
    () => prisma.item.count(),
  );
  database.authority.revokeAll();
  expect(await prisma.$transaction((transaction) => transaction.item.count())).toBe(2);
  await prisma.$disconnect();
  expect(pool.ending).toBe(false);
});

it("TypeORM", async () => {
  const Item = new EntitySchema<{ id: number; name: string }>({
    name: "items",
    columns: { id: { type: "int", primary: true, generated: true }, name: { type: "text" } },
  });
  const source = new DataSource({ type: "postgres", driver: asDriver(pool), entities: [Item] });
  await source.initialize();
  Object.assign(database.authority.logins, { accepted: 0, refused: 0 });
  await addAroundRevocation(
    (name) => source.getRepository(Item).insert({ name }),
    () => source.getRepository(Item).count(),
  );
  await source.destroy();
  expect(pool.ended).toBe(true);
});

it("Knex", async () => {
  const db = knex({ client: "pg", connectionPool: pool });
  await addAroundRevocation(
    (name) => db("items").insert({ name }),
    async () => Number((await db("items").count({ n: "*" }))[0]?.n),
  );
  await db.destroy();
  expect(pool.ending).toBe(false);
});

it("Sequelize", async () => {
  // Sequelize pools connections itself; ours lends it the driver and the token.
  const sequelize = new Sequelize({
    ...sequelizeOptions(pool),
    logging: false,
    pool: { maxUses: 1 } as object,
  });
  const Item = sequelize.define("Item", { name: DataTypes.TEXT }, { tableName: "items", timestamps: false });
  await addAroundRevocation(
    (name) => Item.create({ name }),
    () => Item.count(),
  );
  const countInTransaction = () => sequelize.transaction((transaction) => Item.count({ transaction }));
  database.authority.revokeAll();
  await expect(countInTransaction()).rejects.toThrow(/password authentication failed/);
  expect(await countInTransaction()).toBe(2);
  await sequelize.close();
});
