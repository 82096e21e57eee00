// Drives Pulumi's own dynamic-provider process over gRPC, as the engine does.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import * as grpc from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";

type Properties = Record<string, unknown>;

/** The running provider process. */
export interface DynamicProviderProcess extends AsyncDisposable {
  configure(config: Record<string, string>): Promise<void>;
  check(news: Properties): Promise<{ inputs: Properties; failures: { property: string; reason: string }[] }>;
  /** Whether there are changes, and which properties force a replacement. */
  diff(olds: Properties, news: Properties): Promise<{ changes: number; replaces: string[] }>;
  /** Resolves with id and properties; rejects with the gRPC error. */
  create(inputs: Properties): Promise<{ id: string; properties: Properties }>;
  read(id: string, properties: Properties): Promise<{ id: string; properties: Properties }>;
}

/** Starts it in the given folder: what the serialised provider loads must resolve from there. */
export async function startDynamicProvider(
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<DynamicProviderProcess> {
  const script = createRequire(import.meta.url).resolve("@pulumi/pulumi/cmd/dynamic-provider");
  const child = spawn(process.execPath, [script, "127.0.0.1:1"], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [port] = (await once(createInterface(child.stdout), "line")) as [string];
  const client = new services.ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  const call = (method: string, request: unknown) =>
    new Promise<never>((resolve, reject) => {
      (
        client as unknown as Record<
          string,
          (request: unknown, callback: (error: unknown, answer: never) => void) => void
        >
      )[method]?.(request, (error, answer) => (error ? reject(error) : resolve(answer)));
    });
  const toStruct = (properties: Properties) => struct.Struct.fromJavaScript(properties as never);
  type Answer = { getProperties(): { toJavaScript(): Properties }; getId(): string };
  return {
    async configure(config) {
      const request = new provider.ConfigureRequest();
      request.setArgs(toStruct(config));
      await call("configure", request);
    },
    async check(news) {
      const request = new provider.CheckRequest();
      request.setOlds(toStruct({}));
      request.setNews(toStruct(news));
      const answer: provider.CheckResponse = await call("check", request);
      const failures = answer
        .getFailuresList()
        .map((failure) => ({ property: failure.getProperty(), reason: failure.getReason() }));
      return { inputs: answer.getInputs()?.toJavaScript() as Properties, failures };
    },
    async diff(olds, news) {
      const request = new provider.DiffRequest();
      request.setId("id");
      request.setOlds(toStruct(olds));
      request.setNews(toStruct(news));
      const answer: provider.DiffResponse = await call("diff", request);
      return { changes: answer.getChanges(), replaces: answer.getReplacesList() };
    },
    async create(inputs) {
      const request = new provider.CreateRequest();
      request.setProperties(toStruct(inputs));
      const answer: Answer = await call("create", request);
      return { id: answer.getId(), properties: answer.getProperties().toJavaScript() };
    },
    async read(id, properties) {
      const request = new provider.ReadRequest();
      request.setId(id);
      request.setProperties(toStruct(properties));
      const answer: Answer = await call("read", request);
      return { id: answer.getId(), properties: answer.getProperties().toJavaScript() };
    },
    async [Symbol.asyncDispose]() {
      client.close();
      const gone = once(child, "exit");
      child.kill();
      await gone;
    },
  };
}
