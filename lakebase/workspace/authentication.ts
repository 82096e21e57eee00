// Finds host and credentials as the Databricks tools do, by their SDK's configuration and authentication chain.
import type { Config, ConfigOptions } from "@databricks/sdk-experimental/dist/config/Config.js";
import { diagnoseNetwork, networkCode } from "./diagnosis.ts";
import { WorkspaceError } from "./errors.ts";
import { redact } from "./redact.ts";
import { normalizeHost, type WorkspaceSettings } from "./settings.ts";

/** Puts the credentials on requests for one host. */
export interface Authentication {
  host: string;
  /** Adds the authorization header; may fetch an OAuth token first. */
  authorize(headers: Headers): Promise<void>;
  /** Which method is in use, known after the first `authorize`. */
  readonly authType: string | undefined;
  /** Forgets what was fetched to authenticate; false when there is nothing that could be fetched anew. */
  renew(): Promise<boolean>;
}

const hostFix = "set databricks:host, DATABRICKS_HOST or a profile in ~/.databrickscfg";

/**
 * An explicit credential decides the method, so that another one in the environment neither wins nor makes the
 * SDK refuse both.
 */
function chooseMethod(settings: WorkspaceSettings): string | undefined {
  if (settings.authType) return settings.authType;
  const hasClient = Boolean(settings.clientId || settings.clientSecret);
  if (settings.token && hasClient) {
    throw new WorkspaceError({
      errorCode: "CONFIGURATION",
      reason: "both token and clientId/clientSecret are given",
      fix: "give one of them, or set authType to pat or oauth-m2m",
      host: settings.host,
    });
  }
  if (settings.token) return "pat";
  return hasClient ? "oauth-m2m" : undefined;
}

/** The environment without empty values: `DATABRICKS_TOKEN=` means "not set". */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== ""));
}

function requireHost(given: string | undefined): string {
  const host = given === undefined ? undefined : normalizeHost(given);
  if (host !== undefined) return host;
  const reason =
    given === undefined
      ? "no workspace is configured"
      : `the workspace's host "${given}" is not a web address`;
  throw new WorkspaceError({ errorCode: "CONFIGURATION", reason, fix: hostFix });
}

async function createConfig(settings: WorkspaceSettings): Promise<Config> {
  // Loading the SDK takes a fifth of a second, so only those pay that call a workspace.
  const { Config } = await import("@databricks/sdk-experimental/dist/config/Config.js");
  const authType = chooseMethod(settings);
  const given = Object.entries({ ...settings, authType }).filter(
    ([, value]) => value !== undefined && value !== "",
  );
  const options = Object.fromEntries(given) as ConfigOptions;
  const env = environment();
  // The SDK takes what it cannot read for a host name, and would send the token there.
  const host = options.host ?? env.DATABRICKS_HOST;
  if (host !== undefined) requireHost(host);
  return new Config({ ...options, env });
}

/** Turns the SDK's configuration errors into this project's; their text shows no secret, their fields do. */
function configurationProblem(error: unknown, config: Config): WorkspaceError {
  if (error instanceof WorkspaceError) return error;
  const base = (error as { baseMessage?: unknown }).baseMessage;
  const reason = redact(typeof base === "string" ? base : String((error as Error).message), [
    config.token,
    config.clientSecret,
    config.password,
  ]);
  const host = config.host;
  const problem = (errorCode: string, fix: string, text = reason) =>
    new WorkspaceError({ errorCode, reason: text, fix, host });
  if (/more than one authorization method/.test(reason)) {
    return problem(
      "CONFIGURATION",
      "set DATABRICKS_AUTH_TYPE to the one to use: pat or oauth-m2m; or unset the other",
    );
  }
  if (/has no .* profile configured/.test(reason)) {
    return problem(
      "CONFIGURATION",
      "correct profile or DATABRICKS_CONFIG_PROFILE, or add that section to the file",
    );
  }
  if (/cannot configure default credentials/.test(reason)) {
    return problem(
      "AUTHENTICATION",
      "set DATABRICKS_TOKEN, or DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, or a profile in ~/.databrickscfg",
      `no usable credentials for ${host ?? "the workspace"}${config.authType ? ` by ${config.authType}` : ""}`,
    );
  }
  const code = networkCode(error) ?? /\b(E[A-Z]{4,}|CERT_[A-Z_]+)\b/.exec(reason)?.[0];
  if (host !== undefined && code !== undefined && code !== "ENOENT") {
    return new WorkspaceError({ ...diagnoseNetwork(host, code, reason), host });
  }
  return problem(
    "AUTHENTICATION",
    "check the client id and secret, the profile, and that the host is a workspace",
  );
}

/** Settles host and method; no request is sent before the first `authorize`. */
export async function resolveAuthentication(settings: WorkspaceSettings): Promise<Authentication> {
  let config = await createConfig(settings);
  try {
    await config.ensureResolved();
  } catch (error) {
    throw configurationProblem(error, config);
  }
  const host = requireHost(config.host);
  return {
    host,
    get authType() {
      return config.authType;
    },
    async renew() {
      if (config.authType === "pat") return false;
      // The SDK keeps an OAuth token until its own clock says it expired; a fresh configuration has none.
      config = await createConfig(settings);
      return true;
    },
    async authorize(headers) {
      try {
        await config.authenticate(headers);
      } catch (error) {
        throw configurationProblem(error, config);
      }
    },
  };
}

/**
 * The host that the Databricks tools would use with these settings, or undefined. Asks nothing of the network
 * and never throws: a missing or contradictory configuration is somebody else's finding.
 */
export async function findWorkspaceHost(settings: WorkspaceSettings = {}): Promise<string | undefined> {
  const given = settings.host || process.env.DATABRICKS_HOST;
  if (given) return normalizeHost(given);
  const { token: _token, clientId: _id, clientSecret: _secret, ...rest } = settings;
  try {
    const config = await createConfig(rest);
    // Contradictory credentials are refused after the host is known.
    await config.ensureResolved().catch(() => {});
    return config.host === undefined ? undefined : normalizeHost(config.host);
  } catch {
    return undefined;
  }
}
