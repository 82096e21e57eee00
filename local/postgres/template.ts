// The data directory that every new cluster starts as a copy of: initdb takes half a second, a copy far less.
import { createHash } from "node:crypto";
import { chmod, chown, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Binaries, exists, publish } from "./binaries.ts";
import { runAsServerUser } from "./run.ts";
import { dataDirArgument } from "./server-process.ts";
import { serverUser } from "./server-user.ts";

/** The clusters' superuser, named as the service's own; no client can log in as it. */
export const SUPERUSER = "databricks_control_plane";

/** What every cluster contains before its owner exists; one statement a line. */
const CONTENT = [
  "CREATE ROLE databricks_superuser NOLOGIN CREATEDB CREATEROLE BYPASSRLS;",
  "GRANT pg_read_all_data, pg_write_all_data, pg_monitor, pg_signal_backend TO databricks_superuser;",
  "CREATE DATABASE databricks_postgres;",
];

// Byte order and UTF-8 everywhere, whatever the machine speaks; the second for systems without C.UTF-8.
const LOCALES = ["C.UTF-8", "C"];

/** Returns the template's data directory, made on first use. */
export async function templateDataDir(binaries: Binaries): Promise<string> {
  const fingerprint = createHash("sha256")
    .update(JSON.stringify([CONTENT, LOCALES, SUPERUSER]))
    .digest("hex");
  const target = join(binaries.cache, `template-${binaries.build}-${fingerprint.slice(0, 12)}`);
  if (!(await exists(target))) {
    await publish(binaries.cache, target, async (partial) => {
      await makeTemplate(binaries, partial);
      // The servers' user only had to enter it to make it.
      if (serverUser()) await chmod(partial, 0o700);
    });
  }
  return join(target, "data");
}

async function makeTemplate(binaries: Binaries, folder: string): Promise<void> {
  const owner = serverUser();
  const dataDir = join(folder, "data");
  let failure = "";
  for (const locale of LOCALES) {
    await mkdir(dataDir, { mode: 0o700 });
    if (owner) await chown(dataDir, owner.uid, owner.gid);
    const made = await runAsServerUser(binaries, dataDir, binaries.initdb, [
      ...["-D", dataDirArgument(dataDir), "-U", SUPERUSER, "-E", "UTF8", `--locale=${locale}`],
      ...["--auth=trust", "--no-sync", "--no-instructions", "--wal-segsize=1"],
    ]);
    if (made.code === 0) return fill(binaries, dataDir);
    failure = made.output;
    await rm(dataDir, { recursive: true });
  }
  throw new Error(`PostgreSQL's initdb failed: ${failure.trim()}`);
}

async function fill(binaries: Binaries, dataDir: string): Promise<void> {
  const args = [
    "--single",
    "-D",
    dataDirArgument(dataDir),
    "-c",
    "fsync=off",
    "-c",
    "log_min_messages=error",
  ];
  const input = `${CONTENT.join("\n")}\n`;
  const result = await runAsServerUser(binaries, dataDir, binaries.postgres, [...args, "template1"], input);
  if (result.code !== 0 || /^.*(ERROR|FATAL|PANIC): /m.test(result.output)) {
    throw new Error(`filling PostgreSQL's template failed: ${result.output.trim()}`);
  }
}
