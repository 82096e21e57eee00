// Resolves the provider's settings as the official plugin does: stack config or provider arguments, then environment,
// then profile; the same refusals in the same words.

import { homedir } from "node:os";
import { join } from "node:path";
import { readProfiles } from "./profile-file.ts";

/** The settings the stand-in acts on. Empty text is "not set". */
export interface Settings {
  host: string;
  token: string;
  clientId: string;
  clientSecret: string;
  authType: string;
  workspaceId: string;
  /** Seconds without a byte after which a request fails. */
  httpTimeoutSeconds: number;
  /** Seconds of retrying after which a request fails; endless when not positive. */
  retryTimeoutSeconds: number;
  /** The settings in force and where they came from, for error messages; no secret in it. */
  summary: string;
}

/** Where settings that are not in the stack come from. */
export interface Surroundings {
  environment: Readonly<Record<string, string | undefined>>;
  /** Home folder; the user's own by default. */
  home?: string;
}

interface SettingDescription {
  /** Name in the stack's config and in provider arguments. */
  key: string;
  /** Name in profiles and error messages. */
  name: string;
  variable?: string;
  secret?: true;
  /** The kind of credential it belongs to. */
  credential?: "basic" | "oauth" | "pat";
}

const SETTINGS: readonly SettingDescription[] = [
  { key: "host", name: "host", variable: "DATABRICKS_HOST" },
  { key: "accountId", name: "account_id", variable: "DATABRICKS_ACCOUNT_ID" },
  { key: "workspaceId", name: "workspace_id", variable: "DATABRICKS_WORKSPACE_ID" },
  { key: "token", name: "token", variable: "DATABRICKS_TOKEN", secret: true, credential: "pat" },
  { key: "username", name: "username", variable: "DATABRICKS_USERNAME", credential: "basic" },
  { key: "password", name: "password", variable: "DATABRICKS_PASSWORD", secret: true, credential: "basic" },
  { key: "profile", name: "profile", variable: "DATABRICKS_CONFIG_PROFILE" },
  { key: "configFile", name: "config_file", variable: "DATABRICKS_CONFIG_FILE" },
  { key: "clientId", name: "client_id", variable: "DATABRICKS_CLIENT_ID", credential: "oauth" },
  {
    key: "clientSecret",
    name: "client_secret",
    variable: "DATABRICKS_CLIENT_SECRET",
    secret: true,
    credential: "oauth",
  },
  { key: "authType", name: "auth_type", variable: "DATABRICKS_AUTH_TYPE" },
  { key: "httpTimeoutSeconds", name: "http_timeout_seconds" },
  { key: "retryTimeoutSeconds", name: "retry_timeout_seconds" },
];

/** Provider arguments the official plugin knows; the ones without a meaning here are accepted and left alone. */
export const KNOWN_ARGUMENTS: ReadonlySet<string> = new Set([
  ...SETTINGS.map((setting) => setting.key),
  ..."actionsIdTokenRequestToken actionsIdTokenRequestUrl audience azureClientId azureClientSecret".split(
    " ",
  ),
  ..."azureEnvironment azureLoginAppId azureTenantId azureUseMsi azureWorkspaceResourceId cloud".split(" "),
  ..."clusterId databricksCliPath databricksIdTokenFilepath debugHeaders debugTruncateBytes".split(" "),
  ..."disableOauthRefreshToken discoveryUrl googleCredentials googleServiceAccount groupId".split(" "),
  ..."metadataServiceUrl oauthCallbackPort oidcTokenEnv rateLimit scopes serverlessComputeId".split(" "),
  ..."skipVerify warehouseId".split(" "),
]);

/** Resolves the settings; throws in the official plugin's words when they contradict each other. */
export function resolveSettings(given: Record<string, string>, surroundings: Surroundings): Settings {
  const values = new Map<string, string>();
  for (const { key } of SETTINGS) if (given[key]) values.set(key, given[key]);
  const fromEnvironment = readEnvironment(values, surroundings);
  try {
    readProfile(values, surroundings);
  } catch (error) {
    throw new Error(`resolve: ${(error as Error).message}${suffix(values, fromEnvironment)}`);
  }
  const kinds = credentialKinds(values);
  if (kinds.length > 1 && !values.get("authType")) {
    const problem = `more than one authorization method configured: ${kinds.join(" and ")}`;
    throw new Error(`validate: ${problem}${suffix(values, fromEnvironment)}`);
  }
  return {
    host: normalHost(values.get("host") ?? ""),
    token: values.get("token") ?? "",
    clientId: values.get("clientId") ?? "",
    clientSecret: values.get("clientSecret") ?? "",
    authType: values.get("authType") ?? "",
    workspaceId: values.get("workspaceId") ?? "",
    httpTimeoutSeconds: seconds(values, "httpTimeoutSeconds") || 60,
    retryTimeoutSeconds: seconds(values, "retryTimeoutSeconds"),
    summary: suffix(values, fromEnvironment).slice(2),
  };
}

function readEnvironment(values: Map<string, string>, { environment }: Surroundings): string[] {
  const used: string[] = [];
  for (const { key, variable } of SETTINGS) {
    const value = variable ? environment[variable] : undefined;
    if (!variable || !value || values.has(key)) continue;
    values.set(key, value);
    used.push(variable);
  }
  return used;
}

function readProfile(values: Map<string, string>, surroundings: Surroundings): void {
  const chosen = values.get("profile");
  if (!chosen && credentialKinds(values).length > 0) return;
  const home = surroundings.home ?? surroundings.environment.HOME ?? homedir();
  const path = (values.get("configFile") ?? join(home, ".databrickscfg")).replace(/^~(?=\/|$)/, home);
  const profiles = readProfiles(path);
  if (!profiles) return;
  const section = profiles[chosen ?? "DEFAULT"];
  if (!section || Object.keys(section).length === 0) {
    if (!chosen) return;
    throw new Error(`${path} has no ${chosen} profile configured`);
  }
  for (const { key, name } of SETTINGS) if (section[name] && !values.has(key)) values.set(key, section[name]);
}

function credentialKinds(values: Map<string, string>): string[] {
  const kinds = SETTINGS.filter(({ key }) => values.has(key)).map(({ credential }) => credential);
  return [...new Set(kinds.filter((kind) => kind !== undefined))].sort();
}

function suffix(values: Map<string, string>, fromEnvironment: string[]): string {
  const shown = SETTINGS.filter(({ key }) => values.has(key)).map(
    ({ key, name, secret }) => `${name}=${secret ? "***" : values.get(key)}`,
  );
  const config = shown.length > 0 ? `. Config: ${shown.join(", ")}` : "";
  return fromEnvironment.length > 0 ? `${config}. Env: ${fromEnvironment.join(", ")}` : config;
}

function normalHost(host: string): string {
  if (host === "") return "";
  return (/^https?:\/\//.test(host) ? host : `https://${host}`).replace(/\/+$/, "");
}

function seconds(values: Map<string, string>, key: string): number {
  const text = values.get(key);
  if (text === undefined) return 0;
  const value = Number(text);
  if (!Number.isFinite(value)) throw new Error(`${key} is "${text}": give a number of seconds`);
  return value;
}
