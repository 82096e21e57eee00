// Serves the language runtime protocol for Node programs. It stands in for the official Node language host where that
// one cannot be had: of its modules only an old release can, which knows neither hooks nor plugins in TypeScript.
import * as grpc from "@grpc/grpc-js";
import { installDependencies } from "./install.ts";
import { languagePb, languageService, pluginPb } from "./messages.ts";
import { directDependencies, requiredPackages } from "./packages.ts";
import { runPlugin } from "./run-plugin.ts";
import { runProgram } from "./run-program.ts";

/** A language host that serves. */
export interface LanguageHost extends AsyncDisposable {
  readonly port: number;
}

// A program's configuration may be large: no limit of our own.
const OPTIONS = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };

/** Starts the host on a free loopback port; the engine's address is handed on to the programs. */
export async function startLanguageHost(engineAddress: string): Promise<LanguageHost> {
  const server = new grpc.Server(OPTIONS);
  server.addService(languageService.LanguageRuntimeService, implementation(engineAddress));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  return { port, [Symbol.asyncDispose]: async () => server.forceShutdown() };
}

// What is not here (code generation, templates, packing) answers "unimplemented", as the protocol provides.
function implementation(engineAddress: string): grpc.UntypedServiceImplementation {
  return {
    handshake: unary(async () => new languagePb.LanguageHandshakeResponse()),
    getPluginInfo: unary(async () => new pluginPb.PluginInfo()),
    about: unary(async () => {
      const response = new languagePb.AboutResponse();
      response.setExecutable(process.execPath);
      response.setVersion(process.version);
      return response;
    }),
    getRequiredPackages: unary(async (request: languagePb.GetRequiredPackagesRequest) => {
      const response = new languagePb.GetRequiredPackagesResponse();
      response.setPackagesList((await requiredPackages(programFolder(request))).map(packageMessage));
      return response;
    }),
    getProgramDependencies: unary(async (request: languagePb.GetProgramDependenciesRequest) => {
      const response = new languagePb.GetProgramDependenciesResponse();
      const dependencies = await directDependencies(programFolder(request));
      response.setDependenciesList(dependencies.map(dependencyMessage));
      return response;
    }),
    run: unary((request: languagePb.RunRequest) => runProgram(request, engineAddress)),
    installDependencies,
    runPlugin: (call: grpc.ServerWritableStream<languagePb.RunPluginRequest, languagePb.RunPluginResponse>) =>
      runPlugin(call, engineAddress),
  };
}

function unary<Request, Response>(
  answer: (request: Request) => Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    answer(call.request).then(
      (response) => callback(null, response),
      (error: Error) => callback({ code: grpc.status.INTERNAL, details: error.message }),
    );
  };
}

function programFolder(request: { getInfo(): languagePb.ProgramInfo | undefined }): string {
  return request.getInfo()?.getProgramDirectory() || process.cwd();
}

function packageMessage({ name, version, server }: { name: string; version: string; server: string }) {
  const message = new pluginPb.PackageDependency();
  message.setName(name);
  message.setKind("resource");
  message.setVersion(`v${version}`);
  message.setServer(server);
  return message;
}

function dependencyMessage({ name, version }: { name: string; version: string }) {
  const message = new languagePb.DependencyInfo();
  message.setName(name);
  message.setVersion(version);
  return message;
}
