// Finds the address of an endpoint: by the system, and where that fails by DNS servers asked directly.
import { promises as dns, Resolver } from "node:dns";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { within } from "../workspace/patience.ts";

/** An IP address. */
export interface Address {
  address: string;
  family: 4 | 6;
}

/** How the address was found: given, loopback by definition, the system's lookup, or another DNS server. */
export type ResolvedVia = "given" | "loopback" | "system" | "resolver";

/** Where a host name leads. */
export interface ResolvedHost extends Address {
  /** Every address in the order to try; the first is `address`. */
  addresses: Address[];
  via: ResolvedVia;
  /** The DNS server that answered, for `resolver`. */
  server?: string;
}

/** How to look a name up. */
export interface ResolveOptions {
  /** Skips the lookup: this is the address. */
  hostAddress?: string | undefined;
  /** DNS servers (`address` or `address:port`) to ask first when the system fails. */
  servers?: readonly string[] | undefined;
  /** For the system's lookup, and again for each group of servers. Default: 5 seconds. */
  timeoutMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** The parts that touch the network or the machine. */
export interface ResolveDeps {
  lookup?: ((host: string) => Promise<Address[]>) | undefined;
  /** Asks one DNS server. */
  query?: ((host: string, server: string, timeoutMs: number) => Promise<Address[]>) | undefined;
  /** DNS servers that this machine is configured with. */
  configuredServers?: (() => Promise<string[]>) | undefined;
  /** Whether a name is this machine, whatever the servers say. Default: {@link isLoopbackName}. */
  isLoopback?: ((host: string) => boolean) | undefined;
  /** Asked last. Default: well-known public DNS servers. */
  publicServers?: readonly string[] | undefined;
}

/** No lookup found an address; `tried` says what each one answered. */
export class ResolutionError extends Error {
  readonly host: string;
  readonly code: string;
  readonly tried: { asked: string; code: string }[];

  constructor(host: string, tried: { asked: string; code: string }[]) {
    super(`${host} does not resolve (${tried.map((one) => `${one.asked}: ${one.code}`).join(", ")})`);
    this.name = "ResolutionError";
    this.host = host;
    this.tried = tried;
    this.code = tried[0]?.code ?? "ENOTFOUND";
  }
}

const wellKnownServers = ["1.1.1.1", "8.8.8.8", "9.9.9.9"] as const;

const familyOf = (address: string): 4 | 6 => (isIP(address) === 6 ? 6 : 4);

/** Alternates the families, starting with the first one's, so that one broken family costs one attempt. */
export function alternateFamilies(addresses: readonly Address[]): Address[] {
  const first = addresses.filter(({ family }) => family === addresses[0]?.family);
  const second = addresses.filter(({ family }) => family !== addresses[0]?.family);
  return first
    .flatMap((address, at) => (second[at] ? [address, second[at]] : [address]))
    .concat(second.slice(first.length));
}

async function systemLookup(host: string): Promise<Address[]> {
  const found = await dns.lookup(host, { all: true, order: "verbatim" });
  return found.map(({ address }) => ({ address, family: familyOf(address) }));
}

async function queryServer(host: string, server: string, timeoutMs: number): Promise<Address[]> {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 1 });
  resolver.setServers([server]);
  const ask = (kind: "A" | "AAAA") =>
    new Promise<string[]>((resolve, reject) => {
      const done = (error: Error | null, addresses: string[]) => (error ? reject(error) : resolve(addresses));
      if (kind === "A") resolver.resolve4(host, done);
      else resolver.resolve6(host, done);
    });
  const [v4, v6] = await Promise.allSettled([ask("A"), ask("AAAA")]);
  const found = [v4, v6].flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
  if (found.length === 0 && v4.status === "rejected") throw v4.reason;
  return found.map((address) => ({ address, family: familyOf(address) }));
}

/** The name servers of the machine, read by ourselves: on some systems the resolver library does not. */
async function serversOfMachine(): Promise<string[]> {
  const text = await readFile("/etc/resolv.conf", "utf8").catch(() => "");
  const named = [...text.matchAll(/^\s*nameserver\s+([0-9a-fA-F.:]+)/gm)].map((match) => match[1] ?? "");
  return named
    .filter((server) => isIP(server) !== 0)
    .map((server) => (isIP(server) === 6 ? `[${server}]` : server));
}

const noAnswer = () => Object.assign(new Error("no answer"), { code: "ETIMEOUT" });

const codeOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "UNKNOWN";
};

/** `localhost` and every name below it, which RFC 6761 defines to be this machine. */
export function isLoopbackName(host: string): boolean {
  return /^(.+\.)?localhost\.?$/i.test(host);
}

function resolved(addresses: Address[], via: ResolvedVia, server?: string): ResolvedHost {
  const ordered = alternateFamilies(addresses);
  const first = ordered[0] as Address;
  return { ...first, addresses: ordered, via, ...(server === undefined ? {} : { server }) };
}

/** Resolves a host name, or throws a `ResolutionError`. */
export async function resolveHost(
  host: string,
  options: ResolveOptions = {},
  deps: ResolveDeps = {},
): Promise<ResolvedHost> {
  const { hostAddress, servers = [], timeoutMs = 5_000, signal } = options;
  const { lookup = systemLookup, query = queryServer, configuredServers = serversOfMachine } = deps;
  const given = hostAddress ?? (isIP(host) === 0 ? undefined : host);
  if (given !== undefined) {
    if (isIP(given) === 0) throw new ResolutionError(given, [{ asked: "given address", code: "EINVAL" }]);
    return resolved([{ address: given, family: familyOf(given) }], "given");
  }
  if ((deps.isLoopback ?? isLoopbackName)(host))
    return resolved([{ address: "127.0.0.1", family: 4 }], "loopback");

  const tried: { asked: string; code: string }[] = [];
  try {
    const found = await within(timeoutMs, noAnswer(), signal, lookup(host));
    if (found.length > 0) return resolved(found, "system");
    tried.push({ asked: "system", code: "ENODATA" });
  } catch (error) {
    signal?.throwIfAborted();
    tried.push({ asked: "system", code: codeOf(error) });
  }
  const groups = [servers, await configuredServers(), deps.publicServers ?? wellKnownServers];
  for (const group of groups) {
    const answers = group.map(async (server) => {
      try {
        const found = await within(timeoutMs, noAnswer(), signal, query(host, server, timeoutMs));
        if (found.length > 0) return { server, found };
        tried.push({ asked: server, code: "ENODATA" });
      } catch (error) {
        signal?.throwIfAborted();
        tried.push({ asked: server, code: codeOf(error) });
      }
      throw new Error(`no address from ${server}`);
    });
    const answer = await Promise.any(answers).catch(() => undefined);
    signal?.throwIfAborted();
    if (answer) return resolved(answer.found, "resolver", answer.server);
  }
  throw new ResolutionError(host, tried);
}
