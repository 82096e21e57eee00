// A cluster's past: what it started from, and the write-ahead log since then, so that a clone can be cut at an earlier
// time or log position.
//
// What a new cluster started from is the template, of which it is a copy: nothing has to be kept for it. The log stays
// in pg_wal because of a replication slot that nobody reads, up to a limit that the server itself sees to. So there is
// no archive, no process and no copying that an instance would have to pay for.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Client } from "pg";
import { type Binaries, exists } from "./binaries.ts";
import { copyTree } from "./copy-tree.ts";
import { startServer } from "./server-process.ts";
import { serverUser } from "./server-user.ts";

/** A moment of an instance: milliseconds of real time, or a position in its log. */
export type PointInTime = { time: number } | { lsn: string };

const SLOT = "history";
const FILE = "history.json";
/** As the template is made. */
const SEGMENT_BYTES = 1_048_576n;
const SEGMENTS_OF_A_FILE_NUMBER = 0x1_0000_0000n / SEGMENT_BYTES;

interface History {
  /** Folder of the data that the cluster started from. */
  base: string;
  /** Where the log begins; missing until the first start. */
  lsn?: string;
}

/** Notes what a new cluster is a copy of. A clone is none of the template's: it has no past of its own. */
export async function noteBase(folder: string, base: string): Promise<void> {
  await write(folder, { base });
}

/** Begins to keep the log; at the first start, before anything else is done. */
export async function beginHistory(client: Client, folder: string): Promise<void> {
  const history = await read(folder);
  if (history === undefined || history.lsn !== undefined) return;
  const { rows } = await client.query<{ lsn: string }>(
    `SELECT lsn::text FROM pg_create_physical_replication_slot('${SLOT}', true)`,
  );
  await write(folder, { ...history, lsn: rows[0]!.lsn });
}

/** Where the kept log begins; undefined where it is not whole any more, or there never was one. */
export async function beginningOfHistory(folder: string, dataDir: string): Promise<string | undefined> {
  const { base, lsn } = (await read(folder)) ?? {};
  if (base === undefined || lsn === undefined) return undefined;
  const isWhole = (await exists(base)) && (await exists(join(dataDir, "pg_wal", segmentOf(lsn))));
  return isWhole ? lsn : undefined;
}

/** Recovery wants to see a later commit than the point that it stops at. */
export async function markPresent(client: Client): Promise<void> {
  await client.query(`SELECT pg_logical_emit_message(true, '${SLOT}', '')`);
}

/** Copies what recovery needs: what the cluster started from, and all of its log. */
export async function copyHistory(folder: string, dataDir: string, target: string): Promise<void> {
  const { base = "" } = (await read(folder)) ?? {};
  const owner = serverUser();
  await copyTree(base, target, { owner, skipContent: (path) => path === "pg_wal" });
  await copyTree(join(dataDir, "pg_wal"), join(target, "pg_wal"), { owner });
}

/**
 * Recovers such a copy to the point in time: a server replays the log up to there, and ends.
 *
 * @returns whether the point was reached; the log may end before it, which means that nothing has happened since
 */
export async function recoverTo(
  point: PointInTime,
  { binaries, dataDir, logFile }: { binaries: Binaries; dataDir: string; logFile: string },
  settings: Record<string, string>,
): Promise<boolean> {
  const signal = join(dataDir, "recovery.signal");
  await writeFile(signal, "");
  const target =
    "time" in point ? { recovery_target_time: timestamptz(point.time) } : { recovery_target_lsn: point.lsn };
  try {
    const server = await startServer(binaries, dataDir, logFile, {
      ...settings,
      ...target,
      recovery_target_action: "promote",
      // All of the log is in pg_wal already.
      restore_command: "false",
      // Ready means: recovered.
      hot_standby: "off",
    });
    await server.stop();
    return true;
  } catch (error) {
    if (/recovery ended before configured recovery target was reached/.test(String(error))) return false;
    throw error;
  }
}

/** The position as a number, for comparisons. */
export function positionOf(lsn: string): bigint {
  const [high = "0", low = "0"] = lsn.split("/");
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}

/** The file of the log that a position of the first timeline is in. */
function segmentOf(lsn: string): string {
  const segment = positionOf(lsn) / SEGMENT_BYTES;
  const hex = (value: bigint) => value.toString(16).toUpperCase().padStart(8, "0");
  return `00000001${hex(segment / SEGMENTS_OF_A_FILE_NUMBER)}${hex(segment % SEGMENTS_OF_A_FILE_NUMBER)}`;
}

async function read(folder: string): Promise<History | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, FILE), "utf8")) as History;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function write(folder: string, history: History): Promise<void> {
  await writeFile(join(folder, FILE), JSON.stringify(history), { mode: 0o600 });
}

/** In this form, because names of time zones, Z among them, are not known yet when the setting is read. */
function timestamptz(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace("T", " ").replace("Z", "+00");
}
