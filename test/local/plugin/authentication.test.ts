// Where host and credentials come from, and what is said when they do not fit, against the recorded behaviour.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startPluginEngine, tokenOf } from "../support/plugin-engine.ts";
import { ME, PROBES, type ScriptedWorkspace, startScriptedWorkspace } from "../support/scripted-workspace.ts";

const TOKEN = tokenOf("DatabaseDatabaseCatalog");
const PERMISSIONS = tokenOf("Permissions");
const PATH = "/api/2.0/database/catalogs";
const INPUTS = { name: "c", databaseInstanceName: "inst", databaseName: "db" };
const DISCOVERY = "GET /oidc/.well-known/oauth-authorization-server";

let workspace: ScriptedWorkspace;
let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "plugin-home-"));
  workspace = await startScriptedWorkspace({
    [`POST ${PATH}`]: { body: { name: "c", uid: "u" } },
  });
  let minted = 0;
  workspace.script({
    [DISCOVERY]: { body: { token_endpoint: `${workspace.url}/oidc/v1/token` } },
    "POST /oidc/v1/token": () => ({
      body: { access_token: `tok-${++minted}`, token_type: "Bearer", expires_in: 3600 },
    }),
  });
});

afterEach(async () => {
  await workspace[Symbol.asyncDispose]();
  await rm(home, { recursive: true });
});

/** The credential a create is sent with, given configuration, environment and profiles. */
async function authorization(
  configuration: Record<string, string>,
  environment: Record<string, string> = {},
): Promise<string | undefined> {
  await using engine = await startPluginEngine(configuration, environment, home);
  await engine.up("c", TOKEN, INPUTS);
  return workspace.requests.find(({ path }) => path === PATH)?.headers.authorization;
}

async function profiles(text: string): Promise<void> {
  await writeFile(join(home, ".databrickscfg"), text.replaceAll("HOST", workspace.url));
}

describe("a token", () => {
  it("comes from the environment", async () => {
    const environment = { DATABRICKS_HOST: workspace.url, DATABRICKS_TOKEN: "from-environment" };
    expect(await authorization({}, environment)).toBe("Bearer from-environment");
  });

  it("comes from the provider's arguments before the environment", async () => {
    const environment = { DATABRICKS_HOST: "http://127.0.0.1:1", DATABRICKS_TOKEN: "from-environment" };
    expect(await authorization({ host: workspace.url, token: "given" }, environment)).toBe("Bearer given");
  });

  it("comes from the default profile when nothing else is set", async () => {
    await profiles(
      "# mine\n[DEFAULT]\nhost = HOST\ntoken = from-default\n[lake]\nhost = HOST\ntoken=from-lake\n",
    );
    expect(await authorization({})).toBe("Bearer from-default");
  });

  it("comes from the profile that is named, by argument or environment", async () => {
    await profiles("[DEFAULT]\nhost = HOST\ntoken = from-default\n[lake]\nhost = HOST\ntoken=from-lake\n");
    expect(await authorization({ profile: "lake" })).toBe("Bearer from-lake");
    workspace.takeTrace();
    expect(await authorization({}, { DATABRICKS_CONFIG_PROFILE: "lake" })).toBe("Bearer from-lake");
  });

  it("comes from another file when one is named", async () => {
    const path = join(home, "other.cfg");
    await writeFile(path, `[DEFAULT]\nhost=${workspace.url}\ntoken=from-other\n`);
    expect(await authorization({ configFile: path })).toBe("Bearer from-other");
  });
});

describe("a service principal", () => {
  const principal = { clientId: "cid-1", clientSecret: "s:e c/1" };

  it("discovers for both halves, mints one token for each with encoded credentials in chunks", async () => {
    workspace.script({
      "PUT /api/2.0/permissions/apps/a": {},
      "GET /api/2.0/permissions/apps/a": {
        body: {
          object_type: "apps",
          access_control_list: [{ group_name: "users", all_permissions: [{ permission_level: "CAN_USE" }] }],
        },
      },
    });
    await using engine = await startPluginEngine({ host: workspace.url, ...principal }, {}, home);
    await engine.up("c", TOKEN, INPUTS);
    await engine.deploy("p", PERMISSIONS, {
      appName: "a",
      accessControls: [{ groupName: "users", permissionLevel: "CAN_USE" }],
    });
    const mint = "POST /oidc/v1/token grant_type=client_credentials&scope=all-apis";
    const trace = workspace.requests.map(({ method, path }) => `${method} ${path}`);
    const minted = workspace.requests.find(({ path }) => path === "/oidc/v1/token")!;
    expect(minted.headers).toMatchObject({
      "content-type": "application/x-www-form-urlencoded",
      "transfer-encoding": "chunked",
      authorization: `Basic ${Buffer.from("cid-1:s%3Ae+c%2F1").toString("base64")}`,
    });
    expect(workspace.requests.find(({ path }) => path === PATH)?.headers.authorization).toBe("Bearer tok-1");
    expect(workspace.requests.at(-1)?.headers.authorization).toBe("Bearer tok-2");
    expect(workspace.requests.at(-1)?.headers["user-agent"]).toMatch(/auth\/oauth-m2m$/);
    expect(trace.slice(0, 6)).toEqual([
      ...PROBES,
      DISCOVERY,
      DISCOVERY,
      mint.split(" grant")[0],
      `POST ${PATH}`,
    ]);
    expect(workspace.takeTrace().filter((line) => line === mint)).toHaveLength(2);
  });

  it.each([
    ["nothing to discover", { [DISCOVERY]: { status: 404 } }],
    ["a refused secret", { "POST /oidc/v1/token": { status: 401, body: { error: "invalid_client" } } }],
  ])("hides the cause behind a general message, and the secret behind stars, for %s", async (_, rules) => {
    workspace.script(rules);
    const environment = {
      DATABRICKS_HOST: workspace.url,
      DATABRICKS_CLIENT_ID: "cid-1",
      DATABRICKS_CLIENT_SECRET: "very-secret",
    };
    await using engine = await startPluginEngine({}, environment, home);
    const failure = await engine.up("c", TOKEN, INPUTS).catch((error: Error) => error.message);
    expect(failure).toMatch(
      /default auth: cannot configure default credentials, please check https:\/\/docs\.databricks\.com\//,
    );
    expect(failure).toContain(
      `Config: host=${workspace.url}, client_id=cid-1, client_secret=***. ` +
        "Env: DATABRICKS_HOST, DATABRICKS_CLIENT_ID, DATABRICKS_CLIENT_SECRET",
    );
    expect(failure).not.toContain("very-secret");
  });

  it("renews its token in the background, using the old one meanwhile", async () => {
    workspace.script({ [`GET ${PATH}/c`]: { body: { name: "c" } } });
    await using engine = await startPluginEngine({ host: workspace.url, ...principal }, {}, home);
    await engine.up("c", TOKEN, INPUTS);
    const old = engine.state.get("c")!;
    engine.clock.time += 45 * 60 * 1000;
    await engine.read("c", TOKEN, old);
    const used = workspace.requests.filter(({ path }) => path.startsWith(`${PATH}/c`));
    expect(used[0]?.headers.authorization).toBe("Bearer tok-1");
    engine.clock.time += 60 * 60 * 1000;
    await engine.read("c", TOKEN, old);
    expect(
      workspace.requests.filter(({ path }) => path.startsWith(`${PATH}/c`)).at(-1)?.headers.authorization,
    ).not.toBe("Bearer tok-1");
  });
});

describe("what does not fit", () => {
  it("refuses two kinds of credentials without a request, unless one is chosen", async () => {
    const both = { host: workspace.url, token: "dapi-x", clientId: "cid", clientSecret: "sec" };
    await using engine = await startPluginEngine(both, {}, home);
    const failure = await engine.begin().catch((error: Error) => error.message);
    expect(failure).toContain(
      "validate: more than one authorization method configured: oauth and pat. Config: host=",
    );
    expect(failure).not.toMatch(/dapi-x|sec\b/);
    expect(workspace.takeTrace()).toEqual([]);
    expect(await authorization({ ...both, authType: "pat" })).toBe("Bearer dapi-x");
    workspace.takeTrace();
    expect(await authorization(both, { DATABRICKS_AUTH_TYPE: "oauth-m2m" })).toBe("Bearer tok-1");
  });

  it("names the file and the profile it lacks", async () => {
    await profiles("[DEFAULT]\nhost = HOST\n");
    await using engine = await startPluginEngine({ profile: "nope" }, {}, home);
    await expect(engine.begin()).rejects.toThrow(
      `resolve: ${join(home, ".databrickscfg")} has no nope profile configured`,
    );
  });

  it("previews an empty stack without host or credentials, and without a request", async () => {
    await using engine = await startPluginEngine({}, {}, home);
    expect((await engine.preview("c", TOKEN, INPUTS)).operation).toBe("create");
    await expect(engine.up("c", TOKEN, INPUTS)).rejects.toThrow("cannot configure default credentials");
  });

  it("shows a bad credential at the first call only", async () => {
    const message = "Credential was not sent or was of an unsupported type for this API.";
    workspace.script({ [`POST ${PATH}`]: { status: 401, body: { error_code: "401", message } } });
    await using engine = await startPluginEngine({ host: workspace.url, token: "bad" }, {}, home);
    await engine.begin();
    await expect(engine.up("c", TOKEN, INPUTS)).rejects.toThrow(
      `failed to create database_database_catalog: ${message}`,
    );
  });

  it("refuses a workspace id that the host contradicts", async () => {
    workspace.script({ "GET /.well-known/databricks-config": { body: { workspace_id: "77" } } });
    await using engine = await startPluginEngine(
      { host: workspace.url, token: "t", workspaceId: "42" },
      {},
      home,
    );
    await expect(engine.begin()).rejects.toThrow(
      "configured with workspace_id 42 but the host resolves to workspace 77",
    );
    expect(workspace.takeTrace()).not.toContain(ME);
  });
});
