// Runs a plugin written for Node, such as a policy pack or a component provider, and streams what it says.
import * as grpc from "@grpc/grpc-js";
import { languagePb } from "./messages.ts";
import { nodeOptions, sdkCommand, spawnNode } from "./node-process.ts";

type Call = grpc.ServerWritableStream<languagePb.RunPluginRequest, languagePb.RunPluginResponse>;

/** Runs the plugin until it ends or the engine cancels the call. */
export function runPlugin(call: Call, engineAddress: string): void {
  const { request } = call;
  const folder = request.getInfo()?.getProgramDirectory() || request.getPwd();
  const command = request.getKind() === "analyzer" ? "run-policy-pack" : "run-plugin";
  const runner = sdkCommand(command, folder);
  if (runner === undefined) {
    const details = `the Pulumi SDK is not installed in ${folder}: run npm install there`;
    call.emit("error", Object.assign(new Error(details), { code: grpc.status.FAILED_PRECONDITION, details }));
    return;
  }
  const { nodeArguments, env } = nodeOptions(request.getInfo());
  const program = request.getInfo()?.getProgramDirectory() || request.getProgram();
  const isPolicyPack = command === "run-policy-pack";
  // The two runners of the SDK take their arguments in different orders, and a policy pack is looked for where it runs.
  const own = isPolicyPack ? [...request.getArgsList(), program] : [program, ...request.getArgsList()];
  const child = spawnNode([...nodeArguments, runner, ...own], {
    cwd: isPolicyPack ? program : request.getPwd(),
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      ...env,
      ...assignments(request.getEnvList()),
      PULUMI_ENGINE_ADDRESS: engineAddress,
    },
  });
  child.process.stdout?.on("data", (data: Buffer) => call.write(said((message) => message.setStdout(data))));
  child.process.stderr?.on("data", (data: Buffer) => call.write(said((message) => message.setStderr(data))));
  call.on("cancelled", () => child.process.kill("SIGTERM"));
  void child.ended.then(({ code }) => {
    call.write(said((message) => message.setExitcode(code ?? 1)));
    call.end();
  });
}

function said(set: (message: languagePb.RunPluginResponse) => void): languagePb.RunPluginResponse {
  const message = new languagePb.RunPluginResponse();
  set(message);
  return message;
}

function assignments(list: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(
    list.map((assignment) => {
      const at = assignment.indexOf("=");
      return [assignment.slice(0, at), assignment.slice(at + 1)];
    }),
  );
}
