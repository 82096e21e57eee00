// Puts a pool together: configuration, workspace, token source, client class.
import { type ResolveDeps, resolveHost } from "../lakebase/connection/index.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type PoolConfiguration, readConfiguration } from "./configuration.ts";
import { Diagnostician } from "./diagnosis.ts";
import { createClientClass, type LoginContext } from "./lakebase-client.ts";
import { LakebasePool } from "./lakebase-pool.ts";
import type { LakebasePoolOptions } from "./options.ts";
import { type DatabaseService, openService, type ServiceDeps } from "./service.ts";
import { ResolvingSocket } from "./socket.ts";
import { TargetFinder } from "./target.ts";
import { TokenSource } from "./token-source.ts";
import type { MintToken } from "./token-types.ts";

/** What tests put in place of the real thing. */
export interface PoolDeps extends ServiceDeps {
  /** Time and chance. */
  clock?: Clock | undefined;
  /** What looks up host names. */
  resolve?: ResolveDeps | undefined;
}

/**
 * A `pg.Pool` on a Lakebase database whose password is a live token. Nothing is sent before the first
 * connection.
 *
 * @throws RuleViolations with every problem of the configuration
 */
export function createLakebasePool(options: LakebasePoolOptions = {}, deps: PoolDeps = {}): LakebasePool {
  const configuration = readConfiguration(options);
  const service = openService(configuration, deps);
  const isShared = options.tokens instanceof TokenSource;
  const tokens = isShared
    ? (options.tokens as TokenSource)
    : openTokens(options, configuration, service, deps);
  return assemble({ options, configuration, service, tokens, ownsTokens: !isShared, deps });
}

function openTokens(
  options: LakebasePoolOptions,
  configuration: PoolConfiguration,
  service: DatabaseService | undefined,
  deps: PoolDeps,
): TokenSource {
  const mint: MintToken = options.mintToken ?? ((signal) => (service as DatabaseService).mint(signal));
  const timeout = configuration.driver.connectionTimeoutMillis || 30_000;
  return new TokenSource({
    // Both end before the pool's own time-out, whose error could not say what was missing.
    attemptTimeoutMillis: Math.min(10_000, timeout * 0.4),
    waitMillis: Math.min(25_000, timeout * 0.8),
    ...(options.tokens as object | undefined),
    clock: deps.clock ?? systemClock,
    mint,
  });
}

interface Assembly {
  options: LakebasePoolOptions;
  configuration: PoolConfiguration;
  service: DatabaseService | undefined;
  tokens: TokenSource;
  ownsTokens: boolean;
  deps: PoolDeps;
}

function assemble(assembly: Assembly): LakebasePool {
  const { options, configuration, service, tokens, ownsTokens, deps } = assembly;
  const { driver, sslRootCert, lifetimeJitter } = configuration;
  const targets = new TargetFinder(configuration, service);
  const diagnostician = new Diagnostician(service, () => targets.label, sslRootCert);
  const context: LoginContext = { tokens, targets, diagnostician };
  const clock = deps.clock ?? systemClock;
  return new LakebasePool({
    ...context,
    driver: {
      ...targets.current(),
      stream: () => new ResolvingSocket((host) => findAddresses(host, configuration, deps)),
      ...driver,
      Client: createClientClass(context, options.Client as never),
    },
    lifetimeJitter,
    random: () => clock.random(),
    ownsTokens,
    meter: options.meter,
    openReadOnly: () => {
      const readOnly = { ...configuration, readOnly: true, hostAddress: readOnlyAddress(configuration) };
      return assemble({
        ...assembly,
        configuration: readOnly,
        service: options.mintToken && !service ? undefined : openService(readOnly, deps),
        ownsTokens: false,
      });
    },
  });
}

/** An address that was given is that of the host for writing; only loopback certainly serves both. */
function readOnlyAddress({ readOnly, hostAddress }: PoolConfiguration): string | undefined {
  const isLoopback = hostAddress === "127.0.0.1" || hostAddress === "::1";
  return readOnly || isLoopback ? hostAddress : undefined;
}

async function findAddresses(host: string, configuration: PoolConfiguration, deps: PoolDeps) {
  const { hostAddress, dnsServers } = configuration;
  return (await resolveHost(host, { hostAddress, servers: dnsServers }, deps.resolve)).addresses;
}
