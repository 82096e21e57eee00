// A mistake in how the local workspace was started, in words for the person who started it.

/** Shown without a stack trace. */
export class LocalWorkspaceError extends Error {
  override name = "LocalWorkspaceError";
}
