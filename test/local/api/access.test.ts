// Who may call and who may log in: tokens, OAuth for machines, credentials and SCIM.

import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WorkspaceClient } from "@databricks/sdk-experimental";
import { createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { InMemoryPostgres } from "../support/in-memory-postgres.ts";
import { machineToken, requestMachineToken } from "../support/machine-token.ts";
import { type Answer, startApiWorkspace, type TestWorkspace } from "../support/workspace.ts";

const instances = "/api/2.0/database/instances";
const credentials = "/api/2.0/database/credentials";
let folder: string;
let mintedTokensFile: string;
let api: TestWorkspace & { postgres: InMemoryPostgres };
let orders: Record<string, unknown>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "access-"));
  mintedTokensFile = join(folder, "minted");
  api = await startApiWorkspace({ mintedTokensFile, dataDir: join(folder, "data") });
  orders = await api.createInstance({ name: "orders" });
  await api.createInstance({ name: "other" });
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const credential = async (names: string[], token?: string): Promise<string> => {
  const answer = await api.call("POST", credentials, { request_id: "1", instance_names: names }, token);
  return String(answer.body.token);
};

const tokenRequest = (id: string, secret: string, form?: string): Promise<Answer> =>
  requestMachineToken(api.workspace, { id, secret, ...(form === undefined ? {} : { form }) });
const oauthToken = (): Promise<string> => machineToken(api.workspace);

describe("calling the API", () => {
  test.each([
    ["no token", null, 401, "UNAUTHENTICATED", /^Credential was not sent or was of an unsupported type/],
    [
      "a wrong personal access token",
      "dapi00000000000000000000000000000000",
      403,
      "PERMISSION_DENIED",
      /Invalid access/,
    ],
    ["what is no token", "nonsense", 401, "UNAUTHENTICATED", /not a valid JWT encoding/],
  ])("with %s is refused", async (_what, token, status, error_code, message) => {
    const answer = await api.call("GET", instances, undefined, token);
    expect(answer).toMatchObject({ status, body: { error_code } });
    expect(answer.body.message).toMatch(message);
  });

  test("with a database credential is refused", async () => {
    const answer = await api.call("GET", instances, undefined, await credential(["orders"]));
    expect(answer).toMatchObject({ status: 403, body: { message: expect.stringContaining("all-apis") } });
  });

  test("/local takes the personal access token alone", async () => {
    expect((await api.call("GET", "/local/clock", undefined, null)).status).toBe(401);
    expect((await api.call("GET", "/local/clock", undefined, await oauthToken())).status).toBe(401);
    expect((await api.call("GET", "/local/clock")).status).toBe(200);
  });

  test("discovery needs no token", async () => {
    const config = await api.call("GET", "/.well-known/databricks-config", undefined, null);
    expect(config.body).toEqual({
      oidc_endpoint: `${api.workspace.apiUrl}/oidc`,
      workspace_id: config.headers.get("x-databricks-org-id"),
      host_type: "workspace",
    });
    const server = await api.call("GET", "/oidc/.well-known/oauth-authorization-server", undefined, null);
    expect(server.body.token_endpoint).toBe(`${api.workspace.apiUrl}/oidc/v1/token`);
  });
});

describe("OAuth for machines", () => {
  test("a chunked form brings a token, and the connection stays usable", async () => {
    const { clientId, clientSecret } = api.workspace;
    const { status, body } = await tokenRequest(clientId, clientSecret);
    expect(status).toBe(200);
    expect(body).toEqual({
      access_token: expect.any(String),
      token_type: "Bearer",
      expires_in: 3600,
      scope: "all-apis",
    });
    const me = await api.call("GET", "/api/2.0/preview/scim/v2/Me?", undefined, String(body.access_token));
    expect(me.body).toMatchObject({ userName: clientId, applicationId: clientId });
  });

  test.each([
    ["a wrong secret", "", "x", undefined, 401, "invalid_client"],
    ["a secret with characters that are encoded", "", "s:e c/1", undefined, 401, "invalid_client"],
    ["an unknown client", "nobody", "x", undefined, 401, "invalid_client"],
    ["another grant", "", "", "grant_type=password", 400, "unsupported_grant_type"],
    ["no grant", "", "", "scope=all-apis", 400, "invalid_request"],
    ["another scope", "", "", "grant_type=client_credentials&scope=sql", 400, "invalid_scope"],
  ])("%s is refused", async (_what, id, secret, form, status, error) => {
    const { clientId, clientSecret } = api.workspace;
    expect(await tokenRequest(id || clientId, secret || clientSecret, form)).toMatchObject({
      status,
      body: { error },
    });
  });

  test("the official JavaScript SDK authenticates with client id and secret", async () => {
    const { apiUrl: host, clientId, clientSecret } = api.workspace;
    const client = new WorkspaceClient({ host, clientId, clientSecret, authType: "oauth-m2m" });
    expect((await client.currentUser.me()).userName).toBe(clientId);
  });

  test("an expired token is refused, by the workspace's clock", async () => {
    const token = await oauthToken();
    api.workspace.clock.advance(3600 * 1000);
    const { status, body } = await api.call("GET", instances, undefined, token);
    expect(status).toBe(401);
    expect(body.message).toMatch(/the token expired at 20/);
  });

  test("tokens can be verified with the published keys", async () => {
    const keys = createRemoteJWKSet(new URL(`${api.workspace.apiUrl}/oidc/v1/keys`));
    const currentDate = new Date(api.workspace.clock.now());
    const { payload } = await jwtVerify(await oauthToken(), keys, { currentDate });
    expect(payload.sub).toBe(api.workspace.clientId);
    const published = await api.call("GET", "/oidc/v1/keys", undefined, null);
    expect(JSON.stringify(published.body)).not.toContain('"d"');
  });
});

describe("credentials", () => {
  test("are small JWTs with issuer, subject, instance scope and an hour of life", async () => {
    const answer = await api.call("POST", credentials, {
      request_id: "1",
      instance_names: ["orders", "orders"],
    });
    const token = String(answer.body.token);
    const claims = decodeJwt(token);
    expect(claims).toMatchObject({
      sub: "developer@example.com",
      scope: "database",
      instances: [orders.uid],
    });
    expect(claims.iss).toMatch(/^http:\/\/workspace-\d{16}\.localhost\/oidc$/);
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(3600);
    expect(Date.parse(String(answer.body.expiration_time))).toBe((claims.exp ?? 0) * 1000);
    expect(token.length).toBeLessThan(700);
    expect(await credential(["orders"])).not.toBe(token);
  });

  test.each([
    [{ instance_names: ["orders"] }, 400, /request_id is required/],
    [{ request_id: "", instance_names: ["orders"] }, 400, /request_id "" is not valid/],
    [{ request_id: 1, instance_names: ["orders"] }, 400, /request_id must be a string/],
    [{ request_id: "1" }, 400, /^At least one of instance_names or claims must be specified$/],
    [{ request_id: "1", instance_names: [] }, 400, /At least one of instance_names/],
    [{ request_id: "1", instance_names: "orders" }, 400, /instance_names must be a list/],
    [{ request_id: "1", instance_names: [""] }, 400, /instance_names\[0\]/],
    [{ request_id: "1", instance_names: ["orders", "nope"] }, 404, /'nope' not found/],
    [
      { request_id: "1", instance_names: ["orders"], claims: [{}] },
      501,
      /not available in a local workspace/,
    ],
    [{ request_id: "1", instance_names: ["orders"], scope: "x" }, 400, /unknown field "scope"/],
  ])("%j answers %i", async (body, status, message) => {
    const answer = await api.call("POST", credentials, body);
    expect(answer.status).toBe(status);
    expect(answer.body.message).toMatch(message);
  });

  test("every minted token is in the file that leak tests read, which only its owner reads", async () => {
    const token = await credential(["orders"]);
    const machine = await oauthToken();
    const minted = (await readFile(mintedTokensFile, "utf8")).trim().split("\n");
    expect(minted.slice(-2)).toEqual([token, machine]);
    expect((await stat(mintedTokensFile)).mode & 0o777).toBe(0o600);
  });
});

describe("database logins", () => {
  const login = (password: string, user = "developer@example.com", uid = String(orders.uid)) =>
    api.postgres.options.authenticate({ password, user, instanceUid: uid });
  const swapSignature = (token: string): string => {
    const [header, , signature] = token.split(".");
    const claims = { ...decodeJwt(token), sub: "admin@example.com" };
    return [header, Buffer.from(JSON.stringify(claims)).toString("base64url"), signature].join(".");
  };

  test("take the credential of that user for that instance", async () => {
    expect(await login(await credential(["other", "orders"]))).toEqual({ ok: true });
  });

  test("know the instances of a token, for clients that send no name", async () => {
    const { instancesOfToken } = api.postgres.options;
    expect(await instancesOfToken(await credential(["orders"]))).toEqual([orders.uid]);
    expect(await instancesOfToken(api.workspace.token)).toEqual([]);
    expect(await instancesOfToken(await oauthToken())).toEqual([]);
  });

  test.each([
    [
      "a personal access token",
      async () => api.workspace.token,
      undefined,
      /^Provided authentication token is not a valid JWT encoding$/,
    ],
    ["an API token", oauthToken, undefined, /the token is for the REST API/],
    ["another instance's credential", () => credential(["other"]), undefined, /not minted for this instance/],
    [
      "another user's name",
      () => credential(["orders"]),
      "someone@example.com",
      /belongs to "developer@example.com"/,
    ],
    [
      "changed claims",
      async () => swapSignature(await credential(["orders"])),
      "admin@example.com",
      /signature is not valid/,
    ],
    ["nothing", async () => "", undefined, /not a valid JWT encoding/],
  ])("refuse %s, and log why without the token", async (_what, password, user, reason) => {
    const given = await password();
    const result = await login(given, user);
    expect(result).toEqual({ ok: false, reason: expect.stringMatching(reason) });
    const logged = api.lines.at(-1) ?? "";
    expect(logged).toMatch(new RegExp(`^login of .* to instance ${orders.uid} refused: `));
    if (given) expect(logged).not.toContain(given);
  });

  test("refuse a credential after its hour", async () => {
    const token = await credential(["orders"]);
    api.workspace.clock.advance(3599 * 1000);
    expect(await login(token)).toEqual({ ok: true });
    api.workspace.clock.advance(2000);
    expect(await login(token)).toEqual({
      ok: false,
      reason: expect.stringMatching(/^the token expired at /),
    });
  });
});

describe("SCIM", () => {
  test("Me names the user, without what is excluded, and always sends the workspace's id", async () => {
    const { body, headers } = await api.call(
      "GET",
      "/api/2.0/preview/scim/v2/Me?excludedAttributes=entitlements",
    );
    expect(body).toMatchObject({
      userName: "developer@example.com",
      id: expect.stringMatching(/^\d+$/),
      active: true,
    });
    expect(body).not.toHaveProperty("entitlements");
    expect(headers.get("x-databricks-org-id")).toMatch(/^\d{16}$/);
    expect((await api.call("GET", "/api/2.0/preview/scim/v2/Me")).body).toHaveProperty("entitlements");
  });
});
