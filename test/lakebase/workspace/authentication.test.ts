// Host and credentials from explicit settings, environment and profile, in the order of the Databricks tools.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  findWorkspaceHost,
  openWorkspace,
  type WorkspaceSettings,
} from "../../../lakebase/workspace/index.ts";
import {
  isolateEnvironment,
  type Reply,
  type SeenRequest,
  startScriptedServer,
} from "../support/scripted-server.ts";

let environment: Awaited<ReturnType<typeof isolateEnvironment>>;
beforeEach(async () => {
  environment = await isolateEnvironment();
});
afterEach(() => environment[Symbol.asyncDispose]());

const writeProfiles = (text: string) => writeFile(join(environment.home, ".databrickscfg"), text);

/** A workspace with machine-to-machine login; its tokens are numbered. */
function workspaceScript(url: () => string) {
  let tokens = 0;
  return (request: SeenRequest): Reply => {
    if (request.url.startsWith("/oidc/.well-known/")) {
      return {
        json: {
          authorization_endpoint: `${url()}/oidc/v1/authorize`,
          token_endpoint: `${url()}/oidc/v1/token`,
        },
      };
    }
    if (request.url === "/oidc/v1/token") {
      tokens += 1;
      return { json: { access_token: `m2m-${tokens}`, token_type: "Bearer", expires_in: 3600 } };
    }
    return { json: { id: "1", userName: "ann@example.com" } };
  };
}

async function startWorkspace() {
  let url = "";
  const server = await startScriptedServer(workspaceScript(() => url));
  url = server.url;
  return server;
}

/** The authorization that reached the workspace with these settings. */
async function authorizationOf(
  settings: WorkspaceSettings,
  requests: SeenRequest[],
): Promise<string | undefined> {
  await (await openWorkspace(settings)).currentUser();
  return requests.at(-1)?.headers.authorization;
}

test("explicit host and token", async () => {
  await using server = await startWorkspace();
  expect(await authorizationOf({ host: server.url, token: "explicit" }, server.requests)).toBe(
    "Bearer explicit",
  );
});

test("host and token from the environment; explicit ones win; an empty variable is none", async () => {
  await using server = await startWorkspace();
  vi.stubEnv("DATABRICKS_HOST", server.url);
  vi.stubEnv("DATABRICKS_TOKEN", "from-env");
  vi.stubEnv("DATABRICKS_CLIENT_ID", "");
  expect(await authorizationOf({}, server.requests)).toBe("Bearer from-env");
  expect(await authorizationOf({ token: "explicit" }, server.requests)).toBe("Bearer explicit");
});

test("the DEFAULT profile, a named one, and one named by the environment", async () => {
  await using server = await startWorkspace();
  await writeProfiles(
    `[DEFAULT]\nhost = ${server.url}\ntoken = from-default\n[lake.prod]\nhost=${server.url}/\ntoken=from-lake\n`,
  );
  expect(await authorizationOf({}, server.requests)).toBe("Bearer from-default");
  expect(await authorizationOf({ profile: "lake.prod" }, server.requests)).toBe("Bearer from-lake");
  vi.stubEnv("DATABRICKS_CONFIG_PROFILE", "lake.prod");
  expect(await authorizationOf({}, server.requests)).toBe("Bearer from-lake");
});

test("a configuration file of one's own", async () => {
  await using server = await startWorkspace();
  const file = join(environment.home, "elsewhere.cfg");
  await writeFile(file, `[DEFAULT]\nhost=${server.url}\ntoken=from-file\n`);
  expect(await authorizationOf({ configFile: file }, server.requests)).toBe("Bearer from-file");
  vi.stubEnv("DATABRICKS_CONFIG_FILE", file);
  expect(await authorizationOf({}, server.requests)).toBe("Bearer from-file");
});

test("machine-to-machine login, explicit and from the environment", async () => {
  await using server = await startWorkspace();
  const settings = { host: server.url, clientId: "app", clientSecret: "dose-secret" };
  expect(await authorizationOf(settings, server.requests)).toBe("Bearer m2m-1");
  const exchange = server.requests.find(({ url }) => url === "/oidc/v1/token");
  expect(exchange?.headers.authorization).toBe(`Basic ${btoa("app:dose-secret")}`);
  vi.stubEnv("DATABRICKS_CLIENT_ID", "app");
  vi.stubEnv("DATABRICKS_CLIENT_SECRET", "dose-secret");
  expect(await authorizationOf({ host: server.url }, server.requests)).toBe("Bearer m2m-2");
});

test("an explicit token is used although the environment has a service principal, and the other way round", async () => {
  await using server = await startWorkspace();
  vi.stubEnv("DATABRICKS_CLIENT_ID", "app");
  vi.stubEnv("DATABRICKS_CLIENT_SECRET", "dose-secret");
  vi.stubEnv("DATABRICKS_AUTH_TYPE", "oauth-m2m");
  expect(await authorizationOf({ host: server.url, token: "explicit" }, server.requests)).toBe(
    "Bearer explicit",
  );
  vi.stubEnv("DATABRICKS_TOKEN", "from-env");
  vi.stubEnv("DATABRICKS_AUTH_TYPE", "pat");
  const settings = { host: server.url, clientId: "app2", clientSecret: "dose-secret2" };
  expect(await authorizationOf(settings, server.requests)).toBe("Bearer m2m-1");
});

test("an explicit token is used although the chosen profile has a service principal", async () => {
  await using server = await startWorkspace();
  await writeProfiles(`[sp]\nhost=${server.url}\nclient_id=app\nclient_secret=dose-secret\n`);
  expect(await authorizationOf({ profile: "sp", token: "explicit" }, server.requests)).toBe(
    "Bearer explicit",
  );
});

test("an environment with both methods says which variable decides, and that variable decides", async () => {
  await using server = await startWorkspace();
  vi.stubEnv("DATABRICKS_HOST", server.url);
  vi.stubEnv("DATABRICKS_TOKEN", "marker-token");
  vi.stubEnv("DATABRICKS_CLIENT_ID", "app");
  vi.stubEnv("DATABRICKS_CLIENT_SECRET", "marker-secret");
  const error = await openWorkspace({}).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ errorCode: "CONFIGURATION", host: server.url });
  expect(String(error)).toMatch(/more than one authorization method.*DATABRICKS_AUTH_TYPE/);
  expect(inspect(error, { showHidden: true, depth: null })).not.toMatch(/marker-/);
  expect(server.requests).toHaveLength(0);
  vi.stubEnv("DATABRICKS_AUTH_TYPE", "oauth-m2m");
  expect(await authorizationOf({}, server.requests)).toBe("Bearer m2m-1");
  vi.stubEnv("DATABRICKS_AUTH_TYPE", "pat");
  expect(await authorizationOf({}, server.requests)).toBe("Bearer marker-token");
});

test("explicit settings with both methods are refused", async () => {
  const both = { host: "http://127.0.0.1:1", token: "t", clientId: "c" };
  await expect(openWorkspace(both)).rejects.toThrow(/both token and clientId.*authType/);
});

test("no host, no credentials, an unknown profile, a host that is none", async () => {
  await expect(openWorkspace({ token: "t" })).rejects.toThrow(/no workspace is configured.*DATABRICKS_HOST/);
  await expect(openWorkspace({ host: "ftp://x", token: "t" })).rejects.toThrow(/"ftp:.*not a web address/);
  await writeProfiles("[DEFAULT]\nhost=http://127.0.0.1:1\n");
  await expect(openWorkspace({ profile: "nope" })).rejects.toThrow(
    /no nope profile.*DATABRICKS_CONFIG_PROFILE/,
  );
  vi.stubEnv("PATH", environment.home);
  const workspace = await openWorkspace({ host: "http://127.0.0.1:1" });
  await expect(workspace.currentUser()).rejects.toThrow(/no usable credentials for http:.*DATABRICKS_TOKEN/);
});

test("a refused client secret is an authentication problem that does not tell the secret", async () => {
  await using server = await startScriptedServer(({ url }) =>
    url.startsWith("/oidc/.well-known/")
      ? { json: { authorization_endpoint: `${server.url}/a`, token_endpoint: `${server.url}/t` } }
      : { status: 401, json: { error: "invalid_client", error_description: "bad secret marker-secret" } },
  );
  const workspace = await openWorkspace({ host: server.url, clientId: "app", clientSecret: "marker-secret" });
  const error = await workspace.currentUser().catch((caught: unknown) => caught);
  expect(error).toMatchObject({ errorCode: "AUTHENTICATION" });
  expect(String(error)).toContain("invalid_client");
  expect(inspect(error, { showHidden: true, depth: null })).not.toContain("marker-secret");
});

test("machine-to-machine login at a dead host names the address", async () => {
  const workspace = await openWorkspace({
    host: "http://127.0.0.1:1",
    clientId: "app",
    clientSecret: "dose-secret",
  });
  const error = await workspace.currentUser().catch((caught: unknown) => caught);
  expect(error).toMatchObject({ errorCode: "UNREACHABLE", code: "ECONNREFUSED" });
  expect(String(error)).toMatch(/no workspace answers at http:\/\/127\.0\.0\.1:1.*npm run local/);
});

test("an OAuth token that the workspace no longer takes is replaced once; a refused PAT is not tried again", async () => {
  let url = "";
  const script = workspaceScript(() => url);
  await using server = await startScriptedServer((request) => {
    const { authorization } = request.headers;
    if (authorization === "Bearer m2m-1" || authorization === "Bearer stale") {
      return { status: 401, json: { error_code: "UNAUTHENTICATED", message: "token expired" } };
    }
    return script(request);
  });
  url = server.url;
  const settings = { host: url, clientId: "app", clientSecret: "dose-secret" };
  expect(await authorizationOf(settings, server.requests)).toBe("Bearer m2m-2");
  const before = server.requests.length;
  await expect(authorizationOf({ host: url, token: "stale" }, server.requests)).rejects.toMatchObject({
    status: 401,
  });
  expect(server.requests.length - before).toBe(1);
});

test("finds the host that the tools would use, without a request and without throwing", async () => {
  expect(await findWorkspaceHost()).toBeUndefined();
  expect(await findWorkspaceHost({ profile: "nope" })).toBeUndefined();
  expect(await findWorkspaceHost({ host: "dbc-1.cloud.databricks.com/?o=1" })).toBe(
    "https://dbc-1.cloud.databricks.com",
  );
  await writeProfiles(
    "[DEFAULT]\nhost=https://one.example/\ntoken=t\nclient_id=c\n[two]\nhost=http://two.example:8080\n",
  );
  expect(await findWorkspaceHost()).toBe("https://one.example");
  expect(await findWorkspaceHost({ profile: "two" })).toBe("http://two.example:8080");
  vi.stubEnv("DATABRICKS_HOST", "https://env.example");
  vi.stubEnv("DATABRICKS_TOKEN", "t");
  vi.stubEnv("DATABRICKS_CLIENT_ID", "c");
  expect(await findWorkspaceHost({ token: "t", clientId: "c" })).toBe("https://env.example");
  await writeProfiles("not an ini file [[[");
  vi.stubEnv("DATABRICKS_HOST", undefined);
  expect(await findWorkspaceHost({ profile: "two" })).toBeUndefined();
});
