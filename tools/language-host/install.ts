// Installs a program's npm packages for `pulumi install`, and streams what npm says.
import { spawn } from "node:child_process";
import * as grpc from "@grpc/grpc-js";
import { languagePb } from "./messages.ts";

type Call = grpc.ServerWritableStream<
  languagePb.InstallDependenciesRequest,
  languagePb.InstallDependenciesResponse
>;

/** Runs `npm install` in the folder asked for. */
export function installDependencies(call: Call): void {
  const child = spawn("npm", ["install"], {
    cwd: call.request.getDirectory(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const write = (set: (message: languagePb.InstallDependenciesResponse) => void) => {
    const message = new languagePb.InstallDependenciesResponse();
    set(message);
    call.write(message);
  };
  child.stdout.on("data", (data: Buffer) => write((message) => message.setStdout(data)));
  child.stderr.on("data", (data: Buffer) => write((message) => message.setStderr(data)));
  call.on("cancelled", () => child.kill("SIGTERM"));
  const fail = (details: string) =>
    call.emit("error", Object.assign(new Error(details), { code: grpc.status.INTERNAL, details }));
  child.once("error", (error) => fail(`npm could not be started: ${error.message}`));
  child.once("close", (code) => {
    if (code === 0) call.end();
    else fail(`npm install ended with code ${code}`);
  });
}
