// Runs a Pulumi program: the SDK's own runner in a Node process, told about engine, stack and configuration.
import { languagePb } from "./messages.ts";
import { nodeOptions, sdkCommand, spawnNode } from "./node-process.ts";

/** The runner's exit code for "the user has been told what is wrong": nothing more is said. */
const ALREADY_TOLD = 32;

/** Runs the program to its end. */
export async function runProgram(
  request: languagePb.RunRequest,
  engineAddress: string,
): Promise<languagePb.RunResponse> {
  const response = new languagePb.RunResponse();
  const info = request.getInfo();
  const folder = info?.getProgramDirectory() || request.getPwd();
  const runner = sdkCommand("run", folder);
  if (runner === undefined) {
    response.setError(`the Pulumi SDK is not installed in ${folder}: run npm install there`);
    return response;
  }
  const { nodeArguments, env } = nodeOptions(info);
  const child = spawnNode([...nodeArguments, runner, ...argumentsOf(request, engineAddress)], {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...env, ...configuration(request) },
  });
  const { code, signal, error } = await child.ended;
  if (error !== undefined) response.setError(`node could not be started: ${error.message}`);
  else if (code === ALREADY_TOLD) response.setBail(true);
  else if (code !== 0) response.setError(`Program exited with ${signal ?? `non-zero exit code: ${code}`}`);
  return response;
}

function argumentsOf(request: languagePb.RunRequest, engineAddress: string): string[] {
  const values = {
    monitor: request.getMonitorAddress(),
    engine: engineAddress,
    organization: request.getOrganization(),
    project: request.getProject(),
    stack: request.getStack(),
    pwd: request.getPwd(),
    parallel: String(request.getParallel()),
  };
  const given = Object.entries(values).filter(([, value]) => value !== "");
  return [
    ...given.flatMap(([name, value]) => [`--${name}`, value]),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    request.getInfo()?.getEntryPoint() || ".",
    ...request.getArgsList(),
  ];
}

function configuration(request: languagePb.RunRequest): NodeJS.ProcessEnv {
  return {
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toArray())),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
  };
}
