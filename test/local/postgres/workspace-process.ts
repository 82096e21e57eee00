// A process for tests to kill: a host with one started instance, on the folder given as argument.
import { startPostgresHost } from "../../../local/postgres/index.ts";

const host = await startPostgresHost({
  dataDir: process.argv[2]!,
  port: 0,
  authenticate: async () => ({ ok: true }),
  instancesOfToken: async () => [],
});
await host.provision({
  uid: "one",
  owner: "someone@example.com",
  readWriteDns: "instance-one.database.localhost",
});
await host.start("one");
await host.query(
  "one",
  "databricks_postgres",
  "CREATE TABLE t AS SELECT 1 AS i; GRANT SELECT ON t TO PUBLIC",
);
process.stdout.write("ready\n");
