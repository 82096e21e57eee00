// The language host over its protocol, with runners of the SDK that tell how they were started.
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import * as grpc from "@grpc/grpc-js";
import structPb from "google-protobuf/google/protobuf/struct_pb.js";
import { afterEach, beforeEach, expect, test } from "vitest";
import { languagePb, languageService } from "../../../tools/language-host/messages.ts";
import { type LanguageHost, startLanguageHost } from "../../../tools/language-host/server.ts";

let folder: string;
let host: LanguageHost;
let client: InstanceType<typeof languageService.LanguageRuntimeClient>;

beforeEach(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "pulumi-lakebase-host-"));
  host = await startLanguageHost("127.0.0.1:999");
  const credentials = grpc.credentials.createInsecure();
  client = new languageService.LanguageRuntimeClient(`127.0.0.1:${host.port}`, credentials);
});
afterEach(async () => {
  client.close();
  await host[Symbol.asyncDispose]();
  await fs.rm(folder, { recursive: true, force: true });
});

async function install(name: string, manifest: object, files: Record<string, string> = {}): Promise<void> {
  const target = path.join(folder, "node_modules", name);
  for (const [file, text] of Object.entries({ "package.json": JSON.stringify(manifest), ...files })) {
    await fs.mkdir(path.dirname(path.join(target, file)), { recursive: true });
    await fs.writeFile(path.join(target, file), text);
  }
}

function programInfo(options: Record<string, boolean | string> = {}): languagePb.ProgramInfo {
  const info = new languagePb.ProgramInfo();
  info.setProgramDirectory(folder);
  info.setRootDirectory(folder);
  info.setEntryPoint("index.ts");
  info.setOptions(structPb.Struct.fromJavaScript(options));
  return info;
}

/** A runner that writes how it was started to `told.json` and ends with this code. */
function runner(code: number): string {
  return `
const told = { args: process.argv.slice(2), config: process.env.PULUMI_CONFIG, execArgv: process.execArgv,
  secretKeys: process.env.PULUMI_CONFIG_SECRET_KEYS, typescript: process.env.PULUMI_NODEJS_TYPESCRIPT };
require("node:fs").writeFileSync(${JSON.stringify(path.join(folder, "told.json"))}, JSON.stringify(told));
process.exit(${code});`;
}

function run(options: Record<string, boolean | string> = {}): Promise<languagePb.RunResponse> {
  const request = new languagePb.RunRequest();
  request.setInfo(programInfo(options));
  request.setPwd(folder);
  request.setMonitorAddress("127.0.0.1:888");
  request.setOrganization("organization");
  request.setProject("lakebase");
  request.setStack("dev");
  request.setParallel(4);
  request.setDryrun(true);
  request.getConfigMap().set("lakebase:capacity", "CU_1").set("databricks:host", "http://127.0.0.1:1");
  request.setConfigsecretkeysList(["lakebase:password"]);
  return new Promise((resolve, reject) => {
    client.run(request, (error, response) => (error ? reject(error) : resolve(response)));
  });
}

test("a program runs in the SDK's runner, with addresses, stack, configuration and Pulumi.yaml's options", async () => {
  await install("@pulumi/pulumi", {}, { "cmd/run/index.js": runner(0) });
  const response = await run({ typescript: false, nodeargs: "--no-warnings  --stack-size=2000" });
  expect(response.toObject()).toEqual({ error: "", bail: false });
  const told = JSON.parse(await fs.readFile(path.join(folder, "told.json"), "utf8"));
  expect(told.args.join(" ")).toBe(
    "--monitor 127.0.0.1:888 --engine 127.0.0.1:999 --organization organization --project lakebase --stack dev " +
      `--pwd ${folder} --parallel 4 --dry-run index.ts`,
  );
  expect(JSON.parse(told.config)).toEqual({
    "lakebase:capacity": "CU_1",
    "databricks:host": "http://127.0.0.1:1",
  });
  expect(JSON.parse(told.secretKeys)).toEqual(["lakebase:password"]);
  expect(told.execArgv).toEqual(["--no-warnings", "--stack-size=2000"]);
  expect(told.typescript).toBeUndefined();
});

test("without the option, the SDK is to compile TypeScript, as with the official host", async () => {
  await install("@pulumi/pulumi", {}, { "cmd/run/index.js": runner(0) });
  await run();
  const told = JSON.parse(await fs.readFile(path.join(folder, "told.json"), "utf8"));
  expect(told.typescript).toBe("true");
});

test.each([
  ["has told the user why", 32, { error: "", bail: true }],
  ["fails otherwise", 7, { error: "Program exited with non-zero exit code: 7", bail: false }],
])("a program that %s", async (_, code, expected) => {
  await install("@pulumi/pulumi", {}, { "cmd/run/index.js": runner(code) });
  expect((await run()).toObject()).toEqual(expected);
});

test("a program without its SDK is told to install it", async () => {
  expect((await run()).getError()).toBe(
    `the Pulumi SDK is not installed in ${folder}: run npm install there`,
  );
});

test("the plugins of installed packages are required once each, scoped, nested and odd ones too", async () => {
  await install("@pulumi/databricks", {
    name: "@pulumi/databricks",
    version: "1.0.0",
    pulumi: { resource: true, name: "databricks", version: "1.110.0" },
  });
  await install("@pulumi/databricks/node_modules/other", {
    name: "other",
    version: "v2.0.0",
    pulumi: { resource: true, server: "https://example.com" },
  });
  await install("again/node_modules/other", { name: "other", version: "2.0.0", pulumi: { resource: true } });
  await install("plain", { name: "plain", version: "3.0.0", pulumi: { resource: false } });
  const request = new languagePb.GetRequiredPackagesRequest();
  request.setInfo(programInfo());
  const packages = await new Promise<languagePb.GetRequiredPackagesResponse>((resolve, reject) => {
    client.getRequiredPackages(request, (error, response) => (error ? reject(error) : resolve(response)));
  });
  const found = packages.getPackagesList().map((it) => `${it.getKind()} ${it.getName()} ${it.getVersion()}`);
  expect(found.toSorted()).toEqual(["resource databricks v1.110.0", "resource other v2.0.0"]);
});

test.each([
  ["analyzer", "run-policy-pack", () => `127.0.0.1:1 ${folder}`],
  ["resource", "run-plugin", () => `${folder} 127.0.0.1:1`],
])(
  "a plugin of kind %s runs in %s; what it says and how it ends are streamed",
  async (kind, command, args) => {
    const script = `console.log(process.argv.slice(2).join(" ")); console.error(process.env.EXTRA); process.exit(3);`;
    await install("@pulumi/pulumi", {}, { [`cmd/${command}/index.js`]: script });
    const request = new languagePb.RunPluginRequest();
    request.setInfo(programInfo());
    request.setPwd(folder);
    request.setKind(kind);
    request.setArgsList(["127.0.0.1:1"]);
    request.setEnvList(["EXTRA=a=b"]);
    const said = { stdout: "", stderr: "", code: -1 };
    await new Promise<void>((resolve, reject) => {
      const call = client.runPlugin(request);
      call.on("data", (message: languagePb.RunPluginResponse) => {
        if (message.hasStdout()) said.stdout += Buffer.from(message.getStdout_asU8()).toString();
        if (message.hasStderr()) said.stderr += Buffer.from(message.getStderr_asU8()).toString();
        if (message.hasExitcode()) said.code = message.getExitcode();
      });
      call.on("error", reject);
      call.on("end", resolve);
    });
    expect(said).toEqual({ stdout: `${args()}\n`, stderr: "a=b\n", code: 3 });
  },
);
