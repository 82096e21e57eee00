// What keeps a table from being synced, in words for the person who declared it.

/** A reason in the source, its data or its target; repeating the sync alone does not help. */
export class SyncError extends Error {
  override name = "SyncError";
}
