// The local workspace on real PostgreSQL, for programs that run it inside their own process.
import { assembleWorkspace, type LocalWorkspace, type LocalWorkspaceOptions } from "./assembly.ts";
import { startPostgresHost } from "./postgres/index.ts";

export type { LocalWorkspace, LocalWorkspaceOptions } from "./assembly.ts";
export { LocalWorkspaceError } from "./local-workspace-error.ts";

/** Starts a local workspace; resolves once it serves, with everything that ran before running again. */
export function startLocalWorkspace(options: LocalWorkspaceOptions): Promise<LocalWorkspace> {
  return assembleWorkspace(options, startPostgresHost);
}
