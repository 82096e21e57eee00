// Finding an address: given, by definition, by the system, and by DNS servers asked directly.
import { expect, test } from "vitest";
import {
  type Address,
  ResolutionError,
  type ResolveDeps,
  resolveHost,
} from "../../../lakebase/connection/index.ts";
import { alternateFamilies } from "../../../lakebase/connection/resolve.ts";
import { startFakeDns } from "../support/fake-dns.ts";

const host = "instance-1.database.cloud.databricks.com";
const v4 = (address: string): Address => ({ address, family: 4 });
const v6 = (address: string): Address => ({ address, family: 6 });
const failing = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));
const nobody: ResolveDeps = {
  lookup: failing("ENOTFOUND"),
  query: failing("ECONNREFUSED"),
  configuredServers: async () => [],
  publicServers: [],
};
/** Fails the test when it is asked. */
const offline: ResolveDeps = {
  lookup: () => expect.unreachable("the system was asked"),
  query: () => expect.unreachable("a server was asked"),
};

test.each(["localhost", "LOCALHOST", "localhost.", "instance-1.database.localhost"])(
  "%s is this machine, nobody is asked",
  async (name) => {
    expect(await resolveHost(name, {}, offline)).toMatchObject({
      address: "127.0.0.1",
      family: 4,
      via: "loopback",
    });
  },
);

test.each(["10.1.2.3", "2001:db8::1"])("the address %s stays", async (address) => {
  expect(await resolveHost(address, {}, offline)).toMatchObject({ address, via: "given" });
  expect(await resolveHost(host, { hostAddress: address }, offline)).toMatchObject({ address, via: "given" });
});

test("a host address that is no address is refused", async () => {
  await expect(resolveHost(host, { hostAddress: "db.local" }, offline)).rejects.toMatchObject({
    code: "EINVAL",
  });
});

test("the names that only look local are looked up", async () => {
  const lookup = async () => [v4("10.0.0.9")];
  for (const name of ["localhost.example.com", "notlocalhost"]) {
    expect(await resolveHost(name, {}, { lookup })).toMatchObject({ via: "system", address: "10.0.0.9" });
  }
});

test("the system's answer is taken, families in turn", async () => {
  const lookup = async () => [v6("2001:db8::1"), v6("2001:db8::2"), v4("10.0.0.1")];
  expect(await resolveHost(host, {}, { ...offline, lookup })).toEqual({
    address: "2001:db8::1",
    family: 6,
    via: "system",
    addresses: [v6("2001:db8::1"), v4("10.0.0.1"), v6("2001:db8::2")],
  });
  expect(alternateFamilies([])).toEqual([]);
  expect(alternateFamilies([v4("1.1.1.1"), v6("::2"), v6("::3")])).toEqual([
    v4("1.1.1.1"),
    v6("::2"),
    v6("::3"),
  ]);
});

test("when the system fails, real DNS queries go to the servers given, with both families", async () => {
  await using dns = await startFakeDns({ [host]: ["10.9.8.7", "2001:db8::7"] });
  const deps = { lookup: failing("ENOTFOUND") };
  expect(await resolveHost(host, { servers: [dns.server] }, deps)).toEqual({
    address: "10.9.8.7",
    family: 4,
    via: "resolver",
    server: dns.server,
    addresses: [v4("10.9.8.7"), v6("2001:db8::7")],
  });
  expect(dns.asked).toEqual([host, host]);
});

test("a silent server does not hold up one that answers; the machine's and the public ones come after", async () => {
  await using silent = await startFakeDns({}, true);
  await using knowing = await startFakeDns({ [host]: ["10.9.8.7"] });
  const inOneGroup = {
    ...nobody,
    query: undefined,
    configuredServers: async () => [silent.server, knowing.server],
  };
  expect(await resolveHost(host, {}, inOneGroup)).toMatchObject({
    address: "10.9.8.7",
    server: knowing.server,
  });
  const deps = {
    ...nobody,
    query: undefined,
    configuredServers: async () => [silent.server],
    publicServers: [knowing.server],
  };
  expect(await resolveHost(host, { timeoutMs: 200 }, deps)).toMatchObject({ server: knowing.server });
});

test("a system lookup that hangs is given up", async () => {
  const deps = { ...nobody, lookup: () => new Promise<never>(() => {}) };
  await expect(resolveHost(host, { timeoutMs: 50 }, deps)).rejects.toThrow(
    `${host} does not resolve (system: ETIMEOUT)`,
  );
});

test("when nobody knows the name, the error says what each one answered", async () => {
  await using dns = await startFakeDns({});
  const deps = { ...nobody, query: undefined, lookup: failing("EAI_AGAIN") };
  const error = await resolveHost(host, { servers: [dns.server] }, deps).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ResolutionError);
  expect((error as ResolutionError).message).toBe(
    `${host} does not resolve (system: EAI_AGAIN, ${dns.server}: ENOTFOUND)`,
  );
  const empty = { ...nobody, lookup: async () => [], query: async () => [], publicServers: ["1.1.1.1"] };
  await expect(resolveHost(host, {}, empty)).rejects.toThrow(/system: ENODATA, 1.1.1.1: ENODATA/);
});

test("a search that is ended before it begins leaves no failure unheard", async () => {
  const unheard: unknown[] = [];
  const hear = (error: unknown) => unheard.push(error);
  process.on("unhandledRejection", hear);
  try {
    const signal = AbortSignal.abort(new Error("ended"));
    const lookup = async () => {
      throw new Error("no such name");
    };
    await expect(resolveHost(host, { signal }, { ...nobody, lookup })).rejects.toThrow("ended");
    await new Promise(setImmediate);
    expect(unheard).toEqual([]);
  } finally {
    process.off("unhandledRejection", hear);
  }
});

test("a signal ends the search with its reason", async () => {
  const controller = new AbortController();
  const lookup = () => new Promise<never>(() => controller.abort(new Error("enough")));
  await expect(resolveHost(host, { signal: controller.signal }, { ...nobody, lookup })).rejects.toThrow(
    "enough",
  );
});
