// What the pool asks the workspace: a token, who is calling, and where and in which state the database is.
import { diagnoseStopped, judgeState } from "../lakebase/connection/diagnose-workspace.ts";
import type { Diagnosis } from "../lakebase/connection/index.ts";
import { openWorkspace, type Workspace, type WorkspaceSettings } from "../lakebase/workspace/index.ts";
import type { PoolConfiguration } from "./configuration.ts";
import { type EndpointApi, openEndpointApi } from "./endpoint-api.ts";
import type { IssuedToken } from "./token-types.ts";

/** Where a database listens, and why it does not if it does not. */
export interface Whereabouts {
  host: string | undefined;
  readOnlyHost: string | undefined;
  /** Why no connection can be had now; undefined when nothing speaks against it. */
  obstacle: Diagnosis | undefined;
}

/** One database in one workspace, behind either credential API. */
export interface DatabaseService {
  /** What errors call the database. */
  readonly label: string;
  mint(signal: AbortSignal): Promise<IssuedToken>;
  userName(signal?: AbortSignal): Promise<string>;
  find(signal?: AbortSignal): Promise<Whereabouts>;
}

/** How the workspace is opened; tests put their own in. */
export interface ServiceDeps {
  openWorkspace?: typeof openWorkspace | undefined;
  openEndpointApi?: typeof openEndpointApi | undefined;
}

/** Opens once and again after a failure, when first asked for. */
function lazily<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  return () => {
    opened ??= open().catch((error) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
}

/** The pool spaces attempts itself; a short 429 or 503 is waited out on the spot. */
const workspaceOptions = { timeoutMs: 10_000, retryMs: 4_000 };

function settled(state: string): Diagnosis {
  return {
    code: "NOT_AVAILABLE",
    reason: `the instance is in state ${state || "(none)"}`,
    fix: "try again when it is AVAILABLE",
    retry: "until-deadline",
  };
}

/** A database instance of the Provisioned API. */
class InstanceService implements DatabaseService {
  readonly #workspace: () => Promise<Workspace>;
  readonly #uid: string | undefined;
  readonly #host: string | undefined;
  readonly #readOnly: boolean;
  #name: string | undefined;

  constructor(configuration: PoolConfiguration, workspace: () => Promise<Workspace>) {
    this.#workspace = workspace;
    this.#name = configuration.instanceName;
    this.#uid = configuration.instanceUid;
    this.#host = configuration.host;
    this.#readOnly = configuration.readOnly;
  }

  get label(): string {
    return this.#name ?? this.#host ?? this.#uid ?? "";
  }

  async mint(signal: AbortSignal): Promise<IssuedToken> {
    const workspace = await this.#workspace();
    // A host name that the platform injected says the uid; a credential is asked for by name.
    this.#name ??= (await workspace.findInstanceByUid(this.#uid ?? "", { signal })).name;
    return workspace.generateDatabaseCredential({ instanceNames: [this.#name] }, { signal });
  }

  async userName(signal?: AbortSignal): Promise<string> {
    return (await (await this.#workspace()).currentUser({ signal })).userName;
  }

  async find(signal?: AbortSignal): Promise<Whereabouts> {
    const workspace = await this.#workspace();
    const instance =
      this.#name === undefined
        ? await workspace.findInstanceByUid(this.#uid ?? "", { signal })
        : await workspace.getInstance(this.#name, { signal });
    this.#name = instance.name;
    const verdict = judgeState(instance, this.#readOnly ? "read-only" : "read-write");
    const obstacles = { available: undefined, stopped: diagnoseStopped(), waiting: settled(instance.state) };
    return {
      host: instance.readWriteDns,
      readOnlyHost: instance.readOnlyDns,
      obstacle: typeof verdict === "string" ? obstacles[verdict] : verdict,
    };
  }
}

/** An endpoint of the Autoscaling API. It wakes by itself, so only a disabled one is an obstacle. */
class EndpointService implements DatabaseService {
  readonly label: string;
  readonly #api: () => Promise<EndpointApi>;
  readonly #workspace: () => Promise<Workspace>;

  constructor(endpoint: string, api: () => Promise<EndpointApi>, workspace: () => Promise<Workspace>) {
    this.label = endpoint;
    this.#api = api;
    this.#workspace = workspace;
  }

  async mint(signal: AbortSignal): Promise<IssuedToken> {
    return (await this.#api()).generateCredential(this.label, signal);
  }

  async userName(signal?: AbortSignal): Promise<string> {
    return (await (await this.#workspace()).currentUser({ signal })).userName;
  }

  async find(signal?: AbortSignal): Promise<Whereabouts> {
    const { host, readOnlyHost, isDisabled } = await (await this.#api()).getEndpoint(this.label, signal);
    const disabled: Diagnosis = {
      code: "DISABLED",
      reason: "the endpoint is disabled, it refuses every connection",
      fix: "enable it in the workspace",
      retry: "never",
    };
    return { host, readOnlyHost, obstacle: isDisabled ? disabled : undefined };
  }
}

/** The service that the configuration names; undefined when it names none (its tokens come from elsewhere). */
export function openService(
  configuration: PoolConfiguration,
  deps: ServiceDeps,
): DatabaseService | undefined {
  const settings: WorkspaceSettings = configuration.workspace;
  const workspace = lazily(() => (deps.openWorkspace ?? openWorkspace)(settings, workspaceOptions));
  if (configuration.endpoint !== undefined) {
    const api = lazily(() => (deps.openEndpointApi ?? openEndpointApi)(settings, workspaceOptions));
    return new EndpointService(configuration.endpoint, api, workspace);
  }
  const isNamed = configuration.instanceName !== undefined || configuration.instanceUid !== undefined;
  return isNamed ? new InstanceService(configuration, workspace) : undefined;
}
