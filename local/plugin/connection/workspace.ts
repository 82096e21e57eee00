// The workspace as the plugin sees it after Configure: its two halves.

import type { Clock } from "../clock.ts";
import { Half } from "./half.ts";
import { HttpConnections } from "./http.ts";
import type { Settings } from "./settings.ts";

/** The workspace behind both halves. */
export interface Workspace {
  settings: Settings;
  pluginFramework: Half;
  sdkV2: Half;
  clock: Clock;
  /** Aborted, it ends waits, retries and reads at once; a write on its way is left to finish, so that its outcome is known. */
  signal: AbortSignal;
  /** Ends what is under way and closes the connections. */
  close(): void;
}

/** Opens the workspace: probes the host once for each half, or does nothing when there is no host. `abort` ends that too. */
export async function openWorkspace(
  settings: Settings,
  clock: Clock,
  abort: AbortController = new AbortController(),
): Promise<Workspace> {
  const connections = new HttpConnections();
  const halves: Half[] = [];
  let discovery: Promise<unknown> | undefined;
  // The first use of credentials in either half sets them up in both.
  const beforeFirstUse = async () => {
    discovery ??= Promise.all(halves.map((half) => half.api.discover()));
    await discovery;
  };
  const shared = { settings, connections, clock, signal: abort.signal, beforeFirstUse };
  const pluginFramework = new Half({ ...shared, half: "pluginframework" });
  const sdkV2 = new Half({ ...shared, half: "sdkv2" });
  halves.push(pluginFramework, sdkV2);
  const close = () => {
    abort.abort();
    connections.close();
  };
  if (settings.host) {
    try {
      await Promise.all(halves.map((half) => half.probeHost()));
    } catch (error) {
      close();
      throw error;
    }
  }
  return { settings, pluginFramework, sdkV2, clock, signal: abort.signal, close };
}
