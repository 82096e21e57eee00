// How a caller names a workspace and the way to authenticate there; everything is optional.

/**
 * Names a workspace and how to authenticate. What is left out comes from the environment (`DATABRICKS_HOST`,
 * `DATABRICKS_TOKEN`, …) and then from the profile in `~/.databrickscfg`, in the order of the Databricks tools.
 */
export interface WorkspaceSettings {
  /** Address of the workspace, such as `https://dbc-1234.cloud.databricks.com`. Environment: `DATABRICKS_HOST`. */
  host?: string | undefined;
  /** Personal access token. Environment: `DATABRICKS_TOKEN`. */
  token?: string | undefined;
  /** Application id of a service principal (OAuth machine-to-machine). Environment: `DATABRICKS_CLIENT_ID`. */
  clientId?: string | undefined;
  /** OAuth secret of that service principal. Environment: `DATABRICKS_CLIENT_SECRET`. */
  clientSecret?: string | undefined;
  /** Section of the configuration file. Environment: `DATABRICKS_CONFIG_PROFILE`. Default: `DEFAULT`. */
  profile?: string | undefined;
  /** Forces one authentication method, such as `pat` or `oauth-m2m`. Environment: `DATABRICKS_AUTH_TYPE`. */
  authType?: string | undefined;
  /** The configuration file. Environment: `DATABRICKS_CONFIG_FILE`. Default: `~/.databrickscfg`. */
  configFile?: string | undefined;
}

/** `https://` in front where no scheme is given, nothing after the port; undefined when it is no web address. */
export function normalizeHost(host: string): string | undefined {
  const trimmed = host.trim();
  if (trimmed === "") return undefined;
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`;
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  return url.protocol === "https:" || url.protocol === "http:" ? url.origin : undefined;
}
