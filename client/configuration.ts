// Everything that a pool needs to know: from arguments, then the stack's exports, then the environment.
import { isIP } from "node:net";
import type { PoolConfig } from "pg";
import { type Problem, throwIfAny } from "../lakebase/rules/problems.ts";
import { normalizeHost, type WorkspaceSettings } from "../lakebase/workspace/index.ts";
import { parseConnectionString } from "./connection-string.ts";
import { checkNumber, driverOptions, tlsOptions } from "./driver-options.ts";
import { settingsFromEnvironment } from "./environment.ts";
import { settingsFromExports } from "./exports.ts";
import type { LakebasePoolOptions, TokenOptions } from "./options.ts";
import { type ConnectionSettings, mergeSettings, readPort, uidOfHost } from "./settings.ts";
import { TokenSource } from "./token-source.ts";

/** A pool's configuration, complete but for what only the workspace knows. */
export interface PoolConfiguration {
  instanceName: string | undefined;
  /** The instance's uid, where a host name or the exports tell it. */
  instanceUid: string | undefined;
  endpoint: string | undefined;
  host: string | undefined;
  readOnlyHost: string | undefined;
  readOnly: boolean;
  hostAddress: string | undefined;
  dnsServers: readonly string[];
  port: number;
  user: string | undefined;
  database: string;
  sslRootCert: string | undefined;
  workspace: WorkspaceSettings;
  lifetimeJitter: number;
  /** pg's own options, without host, port, user, database and password. */
  driver: PoolConfig;
}

const endpointName = /^projects\/[^/]+\/branches\/[^/]+\/endpoints\/[^/]+$/;

function fromArguments(options: LakebasePoolOptions, problems: Problem[]): ConnectionSettings {
  const { instanceName, endpoint, host, readOnlyHost, hostAddress, sslRootCert, user, database } = options;
  if (instanceName !== undefined && endpoint !== undefined) {
    const fix = "give instanceName for a database instance, endpoint for Autoscaling";
    problems.push({
      path: "endpoint",
      reason: "both an instance and an endpoint are named",
      value: endpoint,
      fix,
    });
  }
  return {
    instanceName,
    endpoint,
    host,
    readOnlyHost,
    hostAddress,
    port: readPort("port", options.port, problems),
    sslRootCert,
    user,
    database,
    applicationName: options.application_name,
    workspaceHost: options.workspace?.host,
  };
}

/** libpq's client takes neither our sockets nor our TLS settings. */
function checkDriver(problems: Problem[]): void {
  if (!process.env.NODE_PG_FORCE_NATIVE) return;
  const reason = "makes pg use its native client, which the pool cannot watch";
  problems.push({ path: "NODE_PG_FORCE_NATIVE", reason, fix: "unset it" });
}

function checkTokens(tokens: TokenOptions | TokenSource | undefined, problems: Problem[]): void {
  if (tokens === undefined || tokens instanceof TokenSource) return;
  checkNumber("tokens.refreshAt", tokens.refreshAt, { from: 0.1, to: 0.95 }, problems);
  checkNumber("tokens.jitter", tokens.jitter, { from: 0, to: 0.1 }, problems);
  const positive = { from: 1, to: Number.POSITIVE_INFINITY };
  const { cacheMillis, attemptTimeoutMillis, waitMillis, firstBackoffMillis, maxBackoffMillis } = tokens;
  const times = { cacheMillis, attemptTimeoutMillis, waitMillis, firstBackoffMillis, maxBackoffMillis };
  for (const [name, value] of Object.entries(times)) checkNumber(`tokens.${name}`, value, positive, problems);
  checkNumber("tokens.floorMillis", tokens.floorMillis, { ...positive, from: 0 }, problems);
}

function checkMerged(settings: ConnectionSettings, isSelfMinted: boolean, problems: Problem[]): void {
  const { instanceName, instanceUid, endpoint, host, hostAddress } = settings;
  if (endpoint !== undefined && !endpointName.test(endpoint)) {
    const allowed = "projects/…/branches/…/endpoints/…";
    const fix = "copy the endpoint's whole name (databricks postgres list-endpoints)";
    problems.push({ path: "endpoint", reason: "not an endpoint's name", value: endpoint, allowed, fix });
  }
  if (hostAddress !== undefined && isIP(hostAddress) === 0) {
    const fix = "give an IP address, or leave it out to resolve the host name";
    problems.push({ path: "hostAddress", reason: "not an IP address", value: hostAddress, fix });
  }
  const isNamed = (instanceName ?? instanceUid ?? endpoint ?? uidOfHost(host)) !== undefined;
  if (isNamed || (isSelfMinted && host !== undefined)) return;
  const fix = "give instanceName, exports or endpoint, or set LAKEBASE_INSTANCE_NAME or LAKEBASE_ENDPOINT";
  problems.push({ path: "instanceName", reason: "no instance is named", fix });
}

/** The workspace that the arguments name, else that of the exports, else what the Databricks tools find. */
function workspaceOf(
  options: LakebasePoolOptions,
  host: string | undefined,
  problems: Problem[],
): WorkspaceSettings {
  if (host !== undefined && normalizeHost(host) === undefined) {
    const allowed = "such as https://dbc-1234.cloud.databricks.com";
    problems.push({
      path: "workspace.host",
      reason: "not a web address",
      value: host,
      allowed,
      fix: "correct it",
    });
  }
  return { ...options.workspace, ...(host === undefined ? {} : { host }) };
}

/** Reads and checks everything; all problems are thrown together, before anything is sent. */
export function readConfiguration(options: LakebasePoolOptions): PoolConfiguration {
  const problems: Problem[] = [];
  const { connectionString } = options;
  const parsed =
    connectionString === undefined
      ? { settings: {}, driver: {} }
      : parseConnectionString(connectionString, problems);
  const settings = mergeSettings(
    fromArguments(options, problems),
    parsed.settings,
    options.exports === undefined ? {} : settingsFromExports(options.exports, problems),
    settingsFromEnvironment(options.env ?? process.env, problems),
  );
  checkMerged(settings, options.mintToken !== undefined, problems);
  checkTokens(options.tokens, problems);
  checkDriver(problems);
  const { endpoint, sslRootCert, applicationName } = settings;
  const driver = driverOptions({ ...parsed.driver, ...options }, problems);
  const configuration: PoolConfiguration = {
    instanceName: endpoint === undefined ? settings.instanceName : undefined,
    instanceUid: settings.instanceUid ?? uidOfHost(settings.host),
    endpoint: settings.instanceName === undefined ? endpoint : undefined,
    host: settings.host,
    readOnlyHost: settings.readOnlyHost,
    readOnly: options.readOnly ?? false,
    hostAddress: settings.hostAddress,
    dnsServers: options.dnsServers ?? [],
    port: settings.port ?? 5432,
    user: settings.user,
    database: settings.database ?? "databricks_postgres",
    sslRootCert,
    workspace: workspaceOf(options, settings.workspaceHost, problems),
    lifetimeJitter: options.lifetimeJitter ?? 0.1,
    driver: {
      ...driver,
      ...(applicationName === undefined ? {} : { application_name: applicationName }),
      ssl: tlsOptions(options.ssl, settings.host, sslRootCert, problems),
    },
  };
  throwIfAny("createLakebasePool", problems);
  return configuration;
}
