// The encrypted part of the startup phase: who is it, which instance, and may they in.
import type { TLSSocket } from "node:tls";
import { readBytes } from "./byte-reader.ts";
import type { Cluster } from "./cluster.ts";
import { SUPERUSER } from "./template.ts";
import type { Authenticate, InstancesOfToken } from "./types.ts";
import {
  encodeNegotiation,
  encodePasswordRequest,
  type Parameters,
  parameter,
  parsePassword,
  parseStartupPacket,
  passwordBodyLength,
  type StartupPacket,
  startupBodyLength,
  WireError,
} from "./wire.ts";

/** An instance by one of its DNS names. */
export interface Endpoint {
  cluster: Cluster;
  readOnly: boolean;
}

/** Finds instances for clients. */
export interface Directory {
  byName(name: string): Endpoint | undefined;
  byUid(uid: string): Endpoint | undefined;
}

/** What a login is decided on. */
export interface LoginOptions {
  directory: Directory;
  authenticate: Authenticate;
  instancesOfToken: InstancesOfToken;
  log: (line: string) => void;
}

/** A client whose token was accepted. */
export interface Login {
  kind: "login";
  cluster: Cluster;
  /** For the server's startup message. */
  parameters: Parameters;
}

/** Reads the client's first packet over TLS and logs it in; throws {@link WireError} for a refusal. */
export async function login(
  client: TLSSocket,
  options: LoginOptions,
): Promise<Login | { kind: "cancel"; key: string }> {
  const packet = await readStartupPacket(client);
  if (packet.kind === "cancel") return packet;
  if (packet.kind !== "startup") throw new WireError("08P01", "encryption was requested twice");
  const { parameters } = packet;
  const user = parameter(parameters, "user");
  if (!user) throw new WireError("28000", "no PostgreSQL user name specified in startup packet");
  const named = endpointByName(client, options.directory);
  client.write(Buffer.concat([encodeNegotiation(packet.minor, parameters), encodePasswordRequest()]));
  const header = await readBytes(client, 5);
  const password = parsePassword(await readBytes(client, passwordBodyLength(header)));
  const endpoint = named ?? (await endpointOfToken(password, user, options));
  await authenticate(password, user, endpoint.cluster.uid, options);
  if (isReplication(parameter(parameters, "replication"))) {
    throw new WireError("0A000", "replication connections are not supported");
  }
  return { kind: "login", cluster: endpoint.cluster, parameters: forServer(parameters, endpoint.readOnly) };
}

/** Reads and parses the packet that a client, or its encrypted part, begins with. */
async function readStartupPacket(client: TLSSocket): Promise<StartupPacket> {
  const header = await readBytes(client, 4);
  return parseStartupPacket(await readBytes(client, startupBodyLength(header)));
}

/** The instance that the client's TLS handshake named; undefined where it named this machine or none. */
function endpointByName(client: TLSSocket, directory: Directory): Endpoint | undefined {
  const name = (client as { servername?: string | false | null }).servername;
  if (!name || name.toLowerCase() === "localhost") return undefined;
  const endpoint = directory.byName(name.toLowerCase());
  if (!endpoint) throw new WireError("08004", `there is no database instance with the host name "${name}"`);
  return endpoint;
}

async function endpointOfToken(password: string, user: string, options: LoginOptions): Promise<Endpoint> {
  const uids = await options.instancesOfToken(password);
  const endpoints = uids.map((uid) => options.directory.byUid(uid)).filter((found) => found !== undefined);
  if (endpoints.length > 1) {
    throw new WireError(
      "08004",
      "the host name does not tell which database instance is meant",
      `The token is valid for ${endpoints.length} instances: connect by the instance's DNS name (with PGHOSTADDR=127.0.0.1), or use a token for one instance.`,
    );
  }
  return endpoints[0] ?? refusePassword(user, "the token names no instance", options);
}

async function authenticate(
  password: string,
  user: string,
  uid: string,
  options: LoginOptions,
): Promise<void> {
  // Whatever the workspace says: the clusters' superuser is nobody's login.
  if (user === SUPERUSER) refusePassword(user, "this role is the workspace's own", options);
  const answer = await options.authenticate({ password, user, instanceUid: uid });
  if (!answer.ok) refusePassword(user, answer.reason, options);
}

/** The client learns no more than PostgreSQL would tell it; the log has the reason. */
function refusePassword(user: string, reason: string, { log }: LoginOptions): never {
  log(`login of ${JSON.stringify(user)} refused: ${reason}`);
  throw new WireError("28P01", `password authentication failed for user "${user}"`);
}

function isReplication(value: string | undefined): boolean {
  return value !== undefined && !/^(false|off|no|0)$/i.test(value);
}

function forServer(parameters: Parameters, readOnly: boolean): Parameters {
  const kept = parameters.filter(([name]) => name !== "replication");
  if (!readOnly) return kept;
  // Stands last, so it wins over the client's own value and over its `options`. The service's read-only name leads
  // to a standby, which cannot write at all; here a session could still SET it off: a guard against mistakes.
  return [...kept, ["default_transaction_read_only", "on"]];
}
