// The protocol around the operations: the process, what it says of itself, secrets, names, messages to the engine.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import * as grpc from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  emptyPb,
  type enginePb,
  engineService,
  pluginPb,
  providerPb,
  providerService,
  structPb,
} from "../../../local/plugin/protocol/messages.ts";
import { send } from "../../../local/plugin/protocol/values.ts";
import { type PluginEngine, startPluginEngine, tokenOf } from "../support/plugin-engine.ts";
import { type ScriptedWorkspace, startScriptedWorkspace } from "../support/scripted-workspace.ts";

const CATALOG = tokenOf("DatabaseDatabaseCatalog");
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

let workspace: ScriptedWorkspace;
let engine: PluginEngine;

beforeEach(async () => {
  workspace = await startScriptedWorkspace({
    "POST /api/2.0/database/catalogs": { body: { name: "c", uid: "u", database_name: "hidden" } },
  });
  engine = await startPluginEngine({ host: workspace.url, token: "dapi-test" });
});

afterEach(async () => {
  await engine[Symbol.asyncDispose]();
  await workspace[Symbol.asyncDispose]();
});

describe("the process", () => {
  let child: ChildProcess | undefined;

  afterEach(async () => {
    if (child && child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  });

  it.each(["SIGINT", "SIGTERM"] as const)(
    "prints its port as the first line, serves, and ends at once on %s, the engine's way and a person's",
    async (signal) => {
      const main = fileURLToPath(new URL("../../../local/plugin/main.ts", import.meta.url));
      child = spawn(process.execPath, [main, ""], { stdio: ["ignore", "pipe", "inherit"] });
      const [line] = (await once(createInterface({ input: child.stdout! }), "line")) as [string];
      expect(line).toMatch(/^\d+$/);
      const client = new providerService.ResourceProviderClient(
        `127.0.0.1:${line}`,
        grpc.credentials.createInsecure(),
      );
      const info = await new Promise<pluginPb.PluginInfo>((resolve, reject) => {
        client.getPluginInfo(new emptyPb.Empty(), (error, response) =>
          error ? reject(error) : resolve(response),
        );
      });
      client.close();
      expect(info.getVersion()).toBe("1.110.0");
      child.kill(signal);
      expect(await once(child, "exit")).toEqual([0, null]);
    },
  );
});

describe("the protocol", () => {
  it("shakes hands: takes secrets, follows the stack's naming", async () => {
    const response = await engine.ask<providerPb.ProviderHandshakeResponse>(
      "handshake",
      new providerPb.ProviderHandshakeRequest(),
    );
    expect(response.toObject()).toMatchObject({ acceptSecrets: true, supportsAutonamingConfiguration: true });
  });

  it.each(["parameterize", "call", "construct"] as const)("does not implement %s", async (method) => {
    const requests = {
      parameterize: new providerPb.ParameterizeRequest(),
      call: new providerPb.CallRequest(),
      construct: new providerPb.ConstructRequest(),
    };
    await expect(engine.ask(method, requests[method])).rejects.toMatchObject({
      code: grpc.status.UNIMPLEMENTED,
    });
  });

  it("describes the resources and functions it serves, every reference resolved", async () => {
    const response = await engine.ask<providerPb.GetSchemaResponse>(
      "getSchema",
      new providerPb.GetSchemaRequest(),
    );
    const schema = JSON.parse(response.getSchema());
    expect(Object.keys(schema.resources).sort()).toEqual(
      [
        "App",
        "DatabaseDatabaseCatalog",
        "DatabaseInstance",
        "DatabaseSyncedDatabaseTable",
        "Job",
        "Permissions",
      ].map(tokenOf),
    );
    expect(schema.resources[CATALOG].requiredInputs).toEqual(["databaseInstanceName", "databaseName"]);
    expect(schema.resources[tokenOf("DatabaseInstance")].inputProperties).not.toHaveProperty("uid");
    expect(Object.keys(schema.functions)).toContain("databricks:index/getCurrentUser:getCurrentUser");
    for (const [, type] of response.getSchema().matchAll(/"\$ref":"#\/types\/([^"]+)"/g)) {
      expect(schema.types, type).toHaveProperty([type!]);
    }
  });

  it("checks the provider's arguments and compares them without replacing the provider", async () => {
    const check = new providerPb.CheckRequest();
    check.setNews(send({ host: "h", hots: "h", version: "1.110.0" }));
    const failures = (await engine.ask<providerPb.CheckResponse>("checkConfig", check)).getFailuresList();
    expect(failures.map((failure) => failure.getProperty())).toEqual(["hots"]);
    const diff = new providerPb.DiffRequest();
    diff.setOldInputs(send({ host: "a", token: "t" }));
    diff.setNews(send({ host: "b", token: "t" }));
    const response = await engine.ask<providerPb.DiffResponse>("diffConfig", diff);
    expect(response.getDiffsList()).toEqual(["host"]);
    expect(response.getReplacesList()).toEqual([]);
  });

  it("takes the stack's config as variables too", async () => {
    const request = new providerPb.ConfigureRequest();
    request.getVariablesMap().set("databricks:config:host", workspace.url);
    request.getVariablesMap().set("databricks:config:token", "from-variables");
    await engine.ask("configure", request);
    await engine.deploy("c", CATALOG, { name: "c", databaseInstanceName: "i", databaseName: "d" });
    expect(workspace.requests.at(-1)?.headers.authorization).toBe("Bearer from-variables");
  });

  it("says so when nothing is configured, or when a resource is not its own", async () => {
    const create = new providerPb.CreateRequest();
    create.setUrn(`urn:pulumi:s::p::${CATALOG}::c`);
    await expect(engine.ask("create", create)).rejects.toThrow("the databricks provider is not configured");
    create.setUrn("urn:pulumi:s::p::databricks:index/cluster:Cluster::c");
    await expect(engine.ask("create", create)).rejects.toThrow(
      "does not serve databricks:index/cluster:Cluster; it serves databricks:index/app:App, databricks:index/database",
    );
  });
});

describe("inputs", () => {
  it("are refused with every mistake at once", async () => {
    const inputs = { databaseInstanceName: 7, name: "c", uid: "mine", wrong: true };
    const failure = await engine.check("c", CATALOG, inputs).catch((error: Error) => error.message);
    expect(failure).toBe(
      [
        'uid: unexpected property "uid"',
        'wrong: unexpected property "wrong"',
        'databaseInstanceName: expected string type for "databaseInstanceName", got number type',
        'databaseName: missing required property "databaseName"',
      ].join("\n"),
    );
    const tags = { name: "i", customTags: [{ key: "a", valeu: "b" }], nodeCount: 1.5 };
    await expect(engine.check("i", tokenOf("DatabaseInstance"), tags)).rejects.toThrow(
      /customTags\[0\]\.valeu[\s\S]*nodeCount: expected integer/,
    );
  });

  it("keep the generated name from run to run, and follow the stack's naming where it is configured", async () => {
    const request = new providerPb.CheckRequest();
    request.setUrn(`urn:pulumi:s::p::${CATALOG}::c`);
    request.setNews(send({ databaseInstanceName: "i", databaseName: "d" }));
    request.setOlds(send({ name: "c-1234567" }));
    expect((await checked(request)).name).toBe("c-1234567");
    request.clearOlds();
    const naming = new providerPb.CheckRequest.AutonamingOptions();
    naming.setProposedName("team-c");
    request.setAutonaming(naming);
    expect((await checked(request)).name).toBe("team-c");
    naming.setMode(providerPb.CheckRequest.AutonamingOptions.Mode.DISABLE);
    const refused = await engine.ask<providerPb.CheckResponse>("check", request);
    expect(refused.getFailuresList().map((failure) => failure.getProperty())).toContain("name");
  });

  async function checked(request: providerPb.CheckRequest): Promise<Record<string, unknown>> {
    const response = await engine.ask<providerPb.CheckResponse>("check", request);
    return response.getInputs()!.toJavaScript();
  }
});

describe("secrets", () => {
  it("stay secret in inputs and outputs, and travel plain to the workspace", async () => {
    const secret = { [SIGNATURE]: SECRET, value: "hidden" };
    const news = structPb.Struct.fromJavaScript({
      name: "c",
      databaseInstanceName: "i",
      databaseName: secret,
    });
    const check = new providerPb.CheckRequest();
    check.setUrn(`urn:pulumi:s::p::${CATALOG}::c`);
    check.setNews(news);
    const inputs = (await engine.ask<providerPb.CheckResponse>("check", check)).getInputs()!;
    expect(inputs.toJavaScript().databaseName).toEqual(secret);
    await engine.begin();
    const create = new providerPb.CreateRequest();
    create.setUrn(`urn:pulumi:s::p::${CATALOG}::c`);
    create.setProperties(inputs);
    const created = await engine.ask<providerPb.CreateResponse>("create", create);
    expect(created.getProperties()!.toJavaScript()).toMatchObject({ databaseName: secret, uid: "u" });
    expect(workspace.requests.find(({ method }) => method === "POST")?.body).toContain(
      '"database_name":"hidden"',
    );
  });
});

describe("messages to the engine", () => {
  it("announce the stand-in once a process, however often it is configured", async () => {
    const messages: string[] = [];
    const server = new grpc.Server();
    server.addService(engineService.EngineService, {
      log: (call: { request: enginePb.LogRequest }, callback: grpc.sendUnaryData<emptyPb.Empty>) => {
        messages.push(call.request.getMessage());
        callback(null, new emptyPb.Empty());
      },
    } as unknown as grpc.UntypedServiceImplementation);
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    try {
      const attach = new pluginPb.PluginAttach();
      attach.setAddress(`127.0.0.1:${port}`);
      await engine.ask("attach", attach);
      await engine.begin();
      await engine.begin();
      expect(messages).toEqual([expect.stringContaining("offline stand-in of pulumi-lakebase")]);
    } finally {
      server.forceShutdown();
    }
  });
});
