// Which tables this reader understands; every other one is refused by the name of what it needs.
import { SyncError } from "../sync-error.ts";
import type { Metadata, Protocol } from "./actions.ts";

/** Reader features that are understood. Column mapping is checked by its mode, as the feature alone changes nothing. */
export const readerFeatures: readonly string[] = [
  "columnMapping",
  "deletionVectors",
  "timestampNtz",
  "v2Checkpoint",
  "vacuumProtocolCheck",
];

/** Refuses a table that cannot be read rightly. */
export function requireReadable(table: string, protocol: Protocol, metadata: Metadata): void {
  const { minReaderVersion, readerFeatures: needed = [] } = protocol;
  if (minReaderVersion > 3) {
    throw new SyncError(
      `Delta table ${table} needs reader version ${minReaderVersion}; the local workspace reads versions 1 to 3`,
    );
  }
  const unknown = needed.filter((feature) => !readerFeatures.includes(feature));
  if (unknown.length > 0) {
    throw new SyncError(
      `Delta table ${table} needs reader features that the local workspace does not have: ${unknown.join(", ")}; ` +
        `it has ${readerFeatures.join(", ")}`,
    );
  }
  const mapping = metadata.configuration["delta.columnMapping.mode"] ?? "none";
  if (mapping !== "none") {
    throw new SyncError(
      `Delta table ${table} uses column mapping (delta.columnMapping.mode=${mapping}), which the local workspace ` +
        "does not read; write the table without column mapping",
    );
  }
  if (metadata.format.provider !== "parquet") {
    throw new SyncError(
      `Delta table ${table} stores ${metadata.format.provider} files; only parquet is read`,
    );
  }
}
