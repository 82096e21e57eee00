// The gateway, with real servers behind it and real clients in front.
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  clientConfig,
  errorFields,
  message,
  names,
  OWNER,
  rawConnect,
  readChunk,
  readToEnd,
  request,
  sql,
  startInstance,
  startTestHost,
  startup,
  type TestHost,
  TOKEN,
  tlsConnect,
  upgrade,
  withClient,
} from "./support.ts";

const SSL = 80_877_103;
const GSSENC = 80_877_104;

let host: TestHost;
let tokenInstances: string[] = [];

beforeAll(async () => {
  host = await startTestHost({ instancesOfToken: async () => tokenInstances });
  await Promise.all([startInstance(host, "one"), startInstance(host, "two")]);
  await sql(host, "one", "CREATE TABLE which AS SELECT 'one' AS name");
  await sql(host, "two", "CREATE TABLE which AS SELECT 'two' AS name");
});
afterAll(() => host[Symbol.asyncDispose]());

/** Logs in over TLS and reads until the server is ready; resolves with all that it said. */
async function rawLogin(parameters: Record<string, string>, uid = "one", version?: number) {
  const client = await tlsConnect(host, { servername: names(uid).readWriteDns });
  client.write(startup(parameters, version));
  const asked = await readChunk(client);
  client.write(message("p", Buffer.from(`${TOKEN}\0`)));
  const chunks: Buffer[] = [];
  do chunks.push(await readChunk(client));
  while (chunks.at(-1)!.length > 0 && Buffer.concat(chunks).at(-6) !== 0x5a);
  return { client, asked, said: Buffer.concat(chunks) };
}

describe("routing", () => {
  test("the TLS name leads to the instance, and its certificate is verified for that name", async () => {
    expect(await sql(host, "one", "SELECT name FROM which")).toBe("one");
    expect(await sql(host, "two", "SELECT name FROM which")).toBe("two");
  });

  test("names are compared without regard to case", async () => {
    const name = names("two").readWriteDns.toUpperCase();
    expect(await sql(host, "two", "SELECT name FROM which", name)).toBe("two");
  });

  test("the certificate is for the name asked for, localhost and 127.0.0.1, and cannot sign others", async () => {
    const client = await tlsConnect(host, { servername: names("one").readWriteDns });
    const certificate = client.getPeerX509Certificate()!;
    client.destroy();
    expect(certificate.subjectAltName).toBe(
      `DNS:${names("one").readWriteDns}, DNS:localhost, IP Address:127.0.0.1`,
    );
    expect(certificate.ca).toBe(false);
    expect(new X509Certificate(readFileSync(host.caFile)).ca).toBe(true);
  });

  test("a client that verifies another authority does not connect", async () => {
    const config = clientConfig(host, "one", { ssl: { servername: names("one").readWriteDns } });
    await expect(withClient(config, async () => {})).rejects.toThrow(/certificate/);
  });

  test("a rotated certificate is verified too, with a name and without, and open connections stay", async () => {
    const fingerprints = async () => {
      const found: string[] = [];
      for (const servername of [names("one").readWriteDns, "localhost"]) {
        const client = await tlsConnect(host, { servername });
        found.push(client.getPeerCertificate().fingerprint256);
        client.destroy();
      }
      return found;
    };
    const before = await fingerprints();
    await withClient(clientConfig(host, "one"), async (client) => {
      await host.rotateCertificates();
      expect((await client.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
    });
    const after = await fingerprints();
    for (const [index, fingerprint] of after.entries()) expect(fingerprint).not.toBe(before[index]);
    expect(await sql(host, "one", "SELECT 1")).toBe(1);
  });

  test("direct TLS negotiation", async () => {
    const client = await upgrade(await rawConnect(host), host, {
      servername: names("two").readWriteDns,
      ALPNProtocols: ["postgresql"],
    });
    client.write(startup({ user: OWNER, database: "postgres" }));
    expect((await readChunk(client)).toString("hex")).toBe("520000000800000003");
    client.write(message("p", Buffer.from(`${TOKEN}\0`)));
    expect((await readChunk(client)).subarray(0, 9).toString("hex")).toBe("520000000800000000");
    client.destroy();
  });

  test("direct TLS negotiation through node-postgres", async () => {
    const config = clientConfig(host, "two") as pg.ClientConfig & { sslnegotiation: string };
    config.sslnegotiation = "direct";
    const { rows } = await withClient(config, (client) => client.query("SELECT 1 AS one"));
    expect(rows).toEqual([{ one: 1 }]);
  });

  test("direct TLS without the application protocol is no PostgreSQL client", async () => {
    const client = await upgrade(await rawConnect(host), host);
    client.write(startup({ user: OWNER }));
    expect(await readToEnd(client)).toHaveLength(0);
  });

  test("without a name, the token's only instance is meant", async () => {
    tokenInstances = ["two"];
    expect(await sql(host, "two", "SELECT name FROM which", "localhost")).toBe("two");
  });

  test("without a name, a token of several instances is told to name one, a token of none is refused", async () => {
    tokenInstances = ["one", "two"];
    await expect(sql(host, "two", "SELECT 1", "localhost")).rejects.toMatchObject({ code: "08004" });
    tokenInstances = [];
    await expect(sql(host, "two", "SELECT 1", "localhost")).rejects.toMatchObject({ code: "28P01" });
  });

  test("an unknown instance's name is answered with that name", async () => {
    await expect(sql(host, "one", "SELECT 1", "instance-gone.database.localhost")).rejects.toMatchObject({
      code: "08004",
      message: 'there is no database instance with the host name "instance-gone.database.localhost"',
    });
  });

  test("replaced names take effect at once", async () => {
    host.setEndpoints("two", { readWriteDns: "instance-new.database.localhost" });
    expect(await sql(host, "two", "SELECT name FROM which", "instance-new.database.localhost")).toBe("two");
    await expect(sql(host, "two", "SELECT 1")).rejects.toMatchObject({ code: "08004" });
    host.setEndpoints("two", names("two"));
    expect(await sql(host, "two", "SELECT name FROM which")).toBe("two");
  });
});

describe("the read-only name", () => {
  test("reads and refuses to write, whatever the client's options say", async () => {
    const name = names("one").readOnlyDns;
    expect(await sql(host, "one", "SELECT name FROM which", name)).toBe("one");
    await expect(sql(host, "one", "CREATE TABLE t ()", name)).rejects.toMatchObject({ code: "25006" });
    const config = clientConfig(host, "one", { name, options: "-c default_transaction_read_only=off" });
    const write = withClient(config, (client) => client.query("CREATE TABLE t ()"));
    await expect(write).rejects.toMatchObject({ code: "25006" });
  });
});

describe("refusals", () => {
  test("a wrong token, with PostgreSQL's own words, and the reason in the log", async () => {
    const login = withClient(clientConfig(host, "one", { password: "a-bad-token" }), async () => {});
    await expect(login).rejects.toMatchObject({
      severity: "FATAL",
      code: "28P01",
      message: `password authentication failed for user "${OWNER}"`,
    });
    expect(host.log).toContain(`login of "${OWNER}" refused: not the test's token`);
    expect(host.log.join()).not.toContain("a-bad-token");
  });

  test("the clusters' superuser, even with a token that the workspace accepts", async () => {
    const login = withClient(clientConfig(host, "one", { user: "databricks_control_plane" }), async () => {});
    await expect(login).rejects.toMatchObject({ code: "28P01" });
  });

  test("plain text", async () => {
    const login = withClient(clientConfig(host, "one", { ssl: false }), async () => {});
    await expect(login).rejects.toMatchObject({
      code: "28000",
      message: expect.stringContaining("SSL/TLS is required"),
    });
  });

  test("an unknown role and an unknown database, with the server's own error", async () => {
    const stranger = withClient(clientConfig(host, "one", { user: "stranger" }), async () => {});
    await expect(stranger).rejects.toMatchObject({
      code: "28000",
      message: 'role "stranger" does not exist',
    });
    const nowhere = withClient(clientConfig(host, "one", { database: "nowhere" }), async () => {});
    await expect(nowhere).rejects.toMatchObject({
      code: "3D000",
      message: 'database "nowhere" does not exist',
    });
  });

  test("an empty token", async () => {
    const client = await tlsConnect(host, { servername: names("one").readWriteDns });
    client.write(startup({ user: OWNER }));
    await readChunk(client);
    client.write(message("p", Buffer.from("\0")));
    expect(errorFields(await readToEnd(client))).toMatchObject({ C: "28P01" });
  });

  test.each(["true", "database"])("replication=%s", async (replication) => {
    const { client, said } = await rawLogin({ user: OWNER, database: "postgres", replication });
    client.destroy();
    expect(errorFields(said)).toMatchObject({ S: "FATAL", C: "0A000" });
  });

  test("a workspace that fails to decide", async () => {
    await using failing = await startTestHost({
      authenticate: async () => {
        throw new Error("the store is closed");
      },
    });
    await failing.provision({ uid: "x", owner: OWNER, ...names("x") });
    await expect(sql(failing, "x", "SELECT 1")).rejects.toMatchObject({ code: "XX000" });
    expect(failing.log).toEqual(["a client's login failed: the store is closed"]);
  });

  test("a stopped instance, with its token and without", async () => {
    await host.provision({ uid: "off", owner: OWNER, ...names("off") });
    await expect(sql(host, "off", "SELECT 1")).rejects.toMatchObject({
      code: "57P03",
      message: "the database instance is stopped",
    });
    const login = withClient(clientConfig(host, "off", { password: "wrong" }), async () => {});
    await expect(login).rejects.toMatchObject({ code: "28P01" });
  });
});

describe("the startup phase, byte by byte", () => {
  test("GSSENCRequest is answered N, and SSLRequest may follow", async () => {
    const socket = await rawConnect(host);
    socket.write(request(GSSENC));
    expect((await readChunk(socket)).toString()).toBe("N");
    socket.write(request(SSL));
    expect((await readChunk(socket)).toString()).toBe("S");
    const client = await upgrade(socket, host);
    expect(client.authorized).toBe(true);
    client.destroy();
  });

  test.each([
    ["SSL", SSL],
    ["GSSAPI", GSSENC],
  ])("bytes smuggled in behind a %s request are refused", async (kind, code) => {
    const socket = await rawConnect(host);
    socket.write(Buffer.concat([request(code), startup({ user: OWNER })]));
    expect(errorFields(await readToEnd(socket))).toMatchObject({
      C: "08P01",
      M: `received unencrypted data after ${kind} request`,
    });
  });

  test("a startup packet of more than 10 kB is refused before it is read", async () => {
    const client = await tlsConnect(host);
    const header = Buffer.alloc(4);
    header.writeInt32BE(10_001);
    client.write(header);
    expect(errorFields(await readToEnd(client))).toMatchObject({ C: "08P01" });
  });

  test("a password of more than 64 kB is refused before it is read", async () => {
    const client = await tlsConnect(host, { servername: names("one").readWriteDns });
    client.write(startup({ user: OWNER }));
    await readChunk(client);
    const header = Buffer.from("p\0\0\0\0");
    header.writeInt32BE(65_537, 1);
    client.write(header);
    expect(errorFields(await readToEnd(client))).toMatchObject({
      C: "08P01",
      M: "invalid password packet size",
    });
  });

  test("a packet that comes in single bytes is read as one", async () => {
    const socket = await rawConnect(host);
    socket.setNoDelay(true);
    for (const byte of startup({ user: OWNER })) socket.write(Buffer.from([byte]));
    expect(errorFields(await readToEnd(socket))).toMatchObject({ C: "28000" });
  });

  test("protocol 3.2 is negotiated down to 3.0 before the password is asked for, and the login goes on", async () => {
    const { client, asked, said } = await rawLogin(
      { user: OWNER, database: "postgres", "_pq_.something": "1" },
      "one",
      (3 << 16) | 2,
    );
    client.destroy();
    const negotiation = Buffer.concat([
      Buffer.from("00030000" + "00000001", "hex"),
      Buffer.from("_pq_.something\0"),
    ]);
    expect(asked.toString("hex")).toBe(
      message("v", negotiation).toString("hex") +
        message("R", Buffer.from("00000003", "hex")).toString("hex"),
    );
    expect(said.subarray(0, 9).toString("hex")).toBe("520000000800000000");
  });

  test("protocol 2.0 is refused", async () => {
    const client = await tlsConnect(host);
    client.write(request(2 << 16));
    expect(errorFields(await readToEnd(client))).toMatchObject({ C: "0A000" });
  });

  test.each([
    ["in plain text", rawConnect],
    ["over TLS", tlsConnect],
  ])("a client that says nothing is cut off, %s", async (_, connect) => {
    await using impatient = await startTestHost({ authenticationTimeout: 200 });
    const client = await connect(impatient);
    expect(errorFields(await readToEnd(client))).toMatchObject({ C: "57014" });
  });

  test("a client that dawdles over the TLS handshake is cut off", async () => {
    await using impatient = await startTestHost({ authenticationTimeout: 200 });
    const client = await rawConnect(impatient);
    client.write(request(SSL));
    expect((await readToEnd(client)).toString()).toBe("S");
  });

  test("a logged-in client is not cut off by the time limit for logins", async () => {
    await using impatient = await startTestHost({ authenticationTimeout: 3_000 });
    await startInstance(impatient, "x");
    expect(await sql(impatient, "x", "SELECT pg_sleep(4)")).toBe("");
  });
});
