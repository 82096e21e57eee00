// Copies the present state of a cluster that keeps running.
//
// An online base backup (pg_backup_start/stop) rather than a stop: a child must not end its parent's sessions.
// The files are copied while they change; the write-ahead log between start and stop makes them consistent when
// the copy's server first starts. A replication slot keeps that log from being recycled meanwhile.
import { chown, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Client } from "pg";
import { copyTree } from "./copy-tree.ts";
import { serverUser } from "./server-user.ts";

// Rebuilt or emptied by the server when it starts; the log is copied last, when the backup has ended.
const CONTENT_LEFT_OUT = new Set([
  "pg_dynshmem",
  "pg_notify",
  "pg_replslot",
  "pg_serial",
  "pg_snapshots",
  "pg_stat_tmp",
  "pg_subtrans",
  "pg_wal",
]);
const LEFT_OUT = new Set(["postmaster.pid", "postmaster.opts", "backup_label", "tablespace_map"]);

/** Copies the data directory of the running server that `superuser` (a connection of its own) is connected to. */
export async function copyRunningCluster(superuser: Client, dataDir: string, target: string): Promise<void> {
  const owner = serverUser();
  await superuser.query(
    "SELECT pg_create_physical_replication_slot('clone_' || pg_backend_pid(), true, true)",
  );
  await superuser.query("SELECT pg_backup_start('clone', fast => true)");
  await copyTree(dataDir, target, {
    owner,
    skipContent: (path) => CONTENT_LEFT_OUT.has(path),
    skip: isLeftOut,
  });
  const { rows: slots } = await superuser.query<{ status: string }>(
    "SELECT wal_status AS status FROM pg_replication_slots WHERE slot_name = 'clone_' || pg_backend_pid()",
  );
  if (slots[0]?.status === "lost")
    throw new Error("so much was written meanwhile that the copy is not whole");
  const { rows } = await superuser.query<{ labelfile: string }>(
    "SELECT labelfile FROM pg_backup_stop(wait_for_archive => false)",
  );
  const label = join(target, "backup_label");
  await writeFile(label, rows[0]!.labelfile, { mode: 0o600 });
  if (owner) await chown(label, owner.uid, owner.gid);
  await copyTree(join(dataDir, "pg_wal"), join(target, "pg_wal"), { owner });
}

/** Copies the data directory of a server that does not run. */
export async function copyStoppedCluster(dataDir: string, target: string): Promise<void> {
  await copyTree(dataDir, target, {
    owner: serverUser(),
    skip: isLeftOut,
    // A slot would keep the copy's log for the parent's history.
    skipContent: (path) => path === "pg_replslot",
  });
}

function isLeftOut(path: string): boolean {
  return LEFT_OUT.has(path) || basename(path).startsWith("pgsql_tmp");
}
