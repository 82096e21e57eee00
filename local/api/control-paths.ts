// Which paths are the local workspace's own: no client of a Databricks workspace asks them.

/** Whether the path is one of control or console: neither logged nor hit by planted faults. */
export function isControl(pathname: string): boolean {
  return /^\/(local|console)(\/|$)/.test(pathname);
}
