// Asks a local workspace what its platform gives to an app's process.
import fs from "node:fs/promises";
import path from "node:path";
import { normalizeHost } from "../lakebase/workspace/index.ts";
import { CommandError, type Surroundings } from "./command.ts";

/** What a process of the app gets. */
export interface AppEnvironment {
  /** The variables that the platform sets. */
  environment: Record<string, string>;
  /** What a client on this machine needs besides. */
  machine: Record<string, string>;
  /** What `valueFrom` in app.yaml stands for, by the resource's key. */
  values: Record<string, string>;
}

/** Where `npm run local` says how it is reached, relative to the project. */
export const defaultWorkspaceFile = ".cache/local/ready.json";

interface Workspace {
  apiUrl: string;
  token: string;
}

/** Asks the workspace of the file, or of DATABRICKS_HOST and DATABRICKS_TOKEN. */
export async function askForEnvironment(
  name: string,
  workspaceFile: string | undefined,
  surroundings: Surroundings,
): Promise<AppEnvironment> {
  const { apiUrl, token } = await findWorkspace(workspaceFile, surroundings);
  const url = new URL(`/local/apps/${encodeURIComponent(name)}/environment`, apiUrl);
  let response: Response;
  try {
    response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  } catch {
    throw new CommandError(
      `run-app: the local workspace at ${apiUrl} does not answer; fix: start it with: npm run local`,
    );
  }
  const answer = (await response.json().catch(() => ({}))) as Partial<AppEnvironment> & {
    error_code?: string;
    message?: string;
  };
  const { environment, machine, values, error_code, message } = answer;
  if (environment !== undefined && machine !== undefined && values !== undefined) {
    return { environment, machine, values };
  }
  if (error_code === "NOT_FOUND") {
    throw new CommandError(`run-app: ${message} fix: deploy it to the local workspace first: pulumi up`);
  }
  if (response.status === 401 || response.status === 403 || error_code === "INVALID_STATE") {
    throw new CommandError(`run-app: the local workspace at ${apiUrl} refuses: ${message}`);
  }
  throw new CommandError(
    `run-app: ${apiUrl} is not a local workspace; fix: start one with: npm run local. A workspace of the service tells nobody the secret of an app`,
  );
}

async function findWorkspace(file: string | undefined, { env, cwd }: Surroundings): Promise<Workspace> {
  const text = await fs
    .readFile(path.resolve(cwd, file ?? defaultWorkspaceFile), "utf8")
    .catch(() => undefined);
  if (text !== undefined) return parseWorkspace(text, file ?? defaultWorkspaceFile);
  const { DATABRICKS_HOST: host = "", DATABRICKS_TOKEN: token } = env;
  const apiUrl = normalizeHost(host);
  if (file === undefined && apiUrl !== undefined && token) return { apiUrl, token };
  throw new CommandError(
    `run-app: no local workspace runs: there is no file "${file ?? defaultWorkspaceFile}"; ` +
      "fix: start one with: npm run local, name its ready file with --workspace, or set DATABRICKS_HOST and DATABRICKS_TOKEN to it",
  );
}

function parseWorkspace(text: string, file: string): Workspace {
  try {
    const { apiUrl, token } = JSON.parse(text) as Partial<Workspace>;
    if (typeof apiUrl === "string" && URL.canParse(apiUrl) && typeof token === "string")
      return { apiUrl, token };
  } catch {
    // Told below, without the text: it may hold a token.
  }
  throw new CommandError(
    `run-app: "${file}" is not the ready file of a local workspace; fix: start one with: npm run local`,
  );
}
