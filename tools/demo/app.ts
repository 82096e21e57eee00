// A small application on a Lakebase stack: all it has are the stack's exports and its workspace's address and token.
import fs from "node:fs/promises";
import { createLakebasePool } from "../../client/index.ts";

const ORDERS =
  "SELECT count(*)::int AS orders, current_user AS user, split_part(version(), ' on ', 1) AS server FROM orders";

const [exportsFile = "", action = "read"] = process.argv.slice(2);
const pool = createLakebasePool({ exports: JSON.parse(await fs.readFile(exportsFile, "utf8")), poolSize: 1 });
try {
  if (action === "write") {
    await pool.query("CREATE TABLE IF NOT EXISTS orders (id serial PRIMARY KEY, item text NOT NULL)");
    await pool.query("INSERT INTO orders (item) SELECT 'item ' || n FROM generate_series(1, 100) AS n");
  }
  const query =
    action === "revenue"
      ? "SELECT count(*)::int AS rows, max(day)::text AS day, sum(revenue)::text AS revenue FROM gold.daily_revenue"
      : ORDERS;
  const { rows } = await pool.query(query);
  process.stdout.write(`${JSON.stringify(rows[0])}\n`);
} finally {
  await pool.end();
}
