// A small engine for tests: drives the plugin over gRPC with the steps the Pulumi engine takes, and keeps the state.

import * as grpc from "@grpc/grpc-js";
import type { Clock } from "../../../local/plugin/clock.ts";
import { providerPb, providerService, statusPb } from "../../../local/plugin/protocol/messages.ts";
import {
  hasUnknown,
  type Properties,
  receive,
  send,
  UNKNOWN,
} from "../../../local/plugin/protocol/values.ts";
import { type PluginServer, startPluginServer } from "../../../local/plugin/server.ts";

/** What a test gives as inputs; `UNKNOWN` for a value not known yet. */
export type Inputs = Properties;

/** A resource in the state. */
export interface ResourceState {
  id: string;
  inputs: Properties;
  outputs: Properties;
  /** It exists, but its last operation failed. */
  failed?: true;
}

/** What a preview shows of one resource. */
export interface PreviewedStep {
  operation: "create" | "replace" | "same" | "update";
  /** Outputs that are unknown, or contain an unknown, sorted; the id excepted. */
  unknown: string[];
  diffs: string[];
  replaces: string[];
  detailed?: Record<string, string>;
  outputs: Properties;
}

type Client = InstanceType<typeof providerService.ResourceProviderClient>;

/** A clock whose sleeps take no time and are written down. */
export class TestClock implements Clock {
  time = 0;
  readonly sleeps: number[] = [];

  now(): number {
    return this.time;
  }

  async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.sleeps.push(milliseconds);
    this.time += milliseconds;
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
  }

  random(): number {
    return 0.5;
  }
}

const KIND_NAMES = ["add", "add-replace", "delete", "delete-replace", "update", "update-replace"];

/** Drives one plugin for one stack. */
export class PluginEngine {
  readonly clock: TestClock;
  readonly client: Client;
  readonly state = new Map<string, ResourceState>();
  readonly #server: PluginServer;
  readonly #configuration: Properties;

  constructor(server: PluginServer, client: Client, clock: TestClock, configuration: Properties) {
    this.#server = server;
    this.client = client;
    this.clock = clock;
    this.#configuration = configuration;
  }

  /** A run begins: what every CLI operation does first. */
  async begin(): Promise<void> {
    const request = new providerPb.ConfigureRequest();
    request.setArgs(send(this.#configuration));
    await this.ask("configure", request);
  }

  /** Previews a resource in a run of its own. */
  async preview(name: string, token: string, program: Inputs): Promise<PreviewedStep> {
    await this.begin();
    return await this.#previewStep(name, token, program);
  }

  /** Deploys a resource in a run of its own. */
  async up(name: string, token: string, program: Inputs): Promise<ResourceState> {
    await this.begin();
    return await this.deploy(name, token, program);
  }

  /** Deploys a resource within the current run. A replacement creates first and deletes afterwards. */
  async deploy(name: string, token: string, program: Inputs): Promise<ResourceState> {
    const old = this.state.get(name);
    const inputs = await this.check(name, token, program);
    if (!old) return await this.#create(name, token, inputs);
    const { changed, replaces } = await this.diff(name, token, inputs);
    if (replaces.length > 0) {
      const state = await this.#create(name, token, await this.check(name, token, program, true));
      await this.#remove(name, token, old);
      return state;
    }
    if (!changed && !old.failed) return old;
    const request = this.#about(new providerPb.UpdateRequest(), name, token, old);
    request.setNews(send(inputs));
    const response = await this.ask<providerPb.UpdateResponse>("update", request);
    const state = { id: old.id, inputs, outputs: receive(response.getProperties()).properties };
    this.state.set(name, state);
    return state;
  }

  /** Refreshes a resource in a run of its own. */
  async refresh(name: string, token: string): Promise<ResourceState | null> {
    await this.begin();
    const old = this.state.get(name)!;
    const found = await this.read(name, token, old);
    if (found) this.state.set(name, found);
    else this.state.delete(name);
    return found;
  }

  /** Imports a resource in a run of its own. */
  async import(name: string, token: string, id: string): Promise<ResourceState | null> {
    await this.begin();
    const found = await this.read(name, token, { id, inputs: {}, outputs: {} });
    if (found) this.state.set(name, found);
    return found;
  }

  /** Destroys a resource in a run of its own. */
  async destroy(name: string, token: string): Promise<void> {
    await this.begin();
    await this.#remove(name, token, this.state.get(name)!);
    this.state.delete(name);
  }

  /** Runs a function in the current run. */
  async invoke(token: string, inputs: Inputs): Promise<Properties> {
    const request = new providerPb.InvokeRequest();
    request.setTok(`databricks:index/${token}:${token}`);
    request.setArgs(send(inputs));
    const response = await this.ask<providerPb.InvokeResponse>("invoke", request);
    failOn(response.getFailuresList());
    return receive(response.getReturn()).properties;
  }

  /** Checks a program's inputs. */
  async check(name: string, token: string, program: Inputs, afresh = false): Promise<Properties> {
    const request = new providerPb.CheckRequest();
    request.setUrn(urn(name, token));
    const old = this.state.get(name);
    if (old && !afresh) request.setOlds(send(old.inputs));
    request.setNews(send(program));
    request.setRandomseed(new Uint8Array([1, 2, 3]));
    const response = await this.ask<providerPb.CheckResponse>("check", request);
    failOn(response.getFailuresList());
    return receive(response.getInputs()).properties;
  }

  /** Compares checked inputs with the state. */
  async diff(
    name: string,
    token: string,
    inputs: Properties,
  ): Promise<{ changed: boolean; diffs: string[]; replaces: string[]; detailed?: Record<string, string> }> {
    const request = this.#about(new providerPb.DiffRequest(), name, token, this.state.get(name)!);
    request.setNews(send(inputs));
    const response = await this.ask<providerPb.DiffResponse>("diff", request);
    const detailed: [string, string][] = [];
    response.getDetaileddiffMap().forEach((kind, path) => {
      detailed.push([path, KIND_NAMES[kind.getKind()]!]);
    });
    return {
      changed: response.getChanges() === providerPb.DiffResponse.DiffChanges.DIFF_SOME,
      diffs: response.getDiffsList(),
      replaces: response.getReplacesList(),
      ...(response.getHasdetaileddiff() ? { detailed: Object.fromEntries(detailed) } : {}),
    };
  }

  /** Reads a resource back. */
  async read(name: string, token: string, old: ResourceState): Promise<ResourceState | null> {
    const request = new providerPb.ReadRequest();
    request.setUrn(urn(name, token));
    request.setId(old.id);
    request.setProperties(send(old.outputs));
    request.setInputs(send(old.inputs));
    const response = await this.ask<providerPb.ReadResponse>("read", request);
    if (!response.getId()) return null;
    const outputs = receive(response.getProperties()).properties;
    return { id: response.getId(), outputs, inputs: receive(response.getInputs()).properties };
  }

  /** Sends any request of the protocol. */
  ask<Response>(method: string, request: unknown): Promise<Response> {
    const call = (this.client as unknown as Record<string, (...given: unknown[]) => void>)[method]!;
    return new Promise((resolve, reject) => {
      call.call(this.client, request, (error: grpc.ServiceError | null, response: Response) => {
        if (error)
          reject(Object.assign(new Error(error.details), { code: error.code, metadata: error.metadata }));
        else resolve(response);
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    await this.#server.close();
  }

  async #previewStep(name: string, token: string, program: Inputs): Promise<PreviewedStep> {
    const old = this.state.get(name);
    const inputs = await this.check(name, token, program);
    const difference = old ? await this.diff(name, token, inputs) : undefined;
    if (old && difference && difference.replaces.length === 0) {
      if (!difference.changed)
        return { ...shown(difference), operation: "same", unknown: [], outputs: old.outputs };
      const request = this.#about(new providerPb.UpdateRequest(), name, token, old);
      request.setNews(send(inputs));
      request.setPreview(true);
      const outputs = receive(
        (await this.ask<providerPb.UpdateResponse>("update", request)).getProperties(),
      ).properties;
      return { ...shown(difference), operation: "update", unknown: unknownOf(outputs), outputs };
    }
    const request = new providerPb.CreateRequest();
    request.setUrn(urn(name, token));
    request.setProperties(send(old ? await this.check(name, token, program, true) : inputs));
    request.setPreview(true);
    const response = await this.ask<providerPb.CreateResponse>("create", request);
    if (response.getId() !== "") throw new Error(`a preview gave the id ${response.getId()}`);
    const outputs = receive(response.getProperties()).properties;
    const operation = old ? "replace" : "create";
    return {
      ...shown(difference ?? { diffs: [], replaces: [] }),
      operation,
      unknown: unknownOf(outputs),
      outputs,
    };
  }

  async #create(name: string, token: string, inputs: Properties): Promise<ResourceState> {
    const request = new providerPb.CreateRequest();
    request.setUrn(urn(name, token));
    request.setProperties(send(inputs));
    try {
      const response = await this.ask<providerPb.CreateResponse>("create", request);
      const state = { id: response.getId(), inputs, outputs: receive(response.getProperties()).properties };
      this.state.set(name, state);
      return state;
    } catch (error) {
      const recorded = recordedBy(error);
      if (recorded) this.state.set(name, { ...recorded, inputs, failed: true });
      throw error;
    }
  }

  async #remove(name: string, token: string, old: ResourceState): Promise<void> {
    const request = new providerPb.DeleteRequest();
    request.setUrn(urn(name, token));
    request.setId(old.id);
    request.setProperties(send(old.outputs));
    await this.ask("delete", request);
  }

  #about<
    R extends {
      setUrn(v: string): unknown;
      setId(v: string): unknown;
      setOlds(v: ReturnType<typeof send>): unknown;
    },
  >(request: R, name: string, token: string, old: ResourceState): R {
    request.setUrn(urn(name, token));
    request.setId(old.id);
    request.setOlds(send(old.outputs));
    return request;
  }
}

/** Starts a plugin and an engine for it. */
export async function startPluginEngine(
  configuration: Properties,
  environment: Record<string, string> = {},
  home = "/nonexistent",
): Promise<PluginEngine> {
  const clock = new TestClock();
  const server = await startPluginServer({ clock, surroundings: { environment, home } });
  const address = `127.0.0.1:${server.port}`;
  const client = new providerService.ResourceProviderClient(address, grpc.credentials.createInsecure());
  return new PluginEngine(server, client, clock, configuration);
}

/** Tokens of the resources by their class. */
export function tokenOf(className: string): string {
  return `databricks:index/${className[0]!.toLowerCase()}${className.slice(1)}:${className}`;
}

function urn(name: string, token: string): string {
  return `urn:pulumi:test::project::${token}::${name}`;
}

function unknownOf(outputs: Properties): string[] {
  return Object.keys(outputs)
    .filter((name) => outputs[name] === UNKNOWN || hasUnknown(outputs[name]))
    .sort();
}

function shown({
  diffs,
  replaces,
  detailed,
}: {
  diffs: string[];
  replaces: string[];
  detailed?: Record<string, string>;
}) {
  return { diffs: diffs.toSorted(), replaces, ...(detailed ? { detailed } : {}) };
}

function failOn(failures: providerPb.CheckFailure[]): void {
  if (failures.length === 0) return;
  throw new Error(failures.map((failure) => `${failure.getProperty()}: ${failure.getReason()}`).join("\n"));
}

/** The resource that a failed operation says exists all the same. */
function recordedBy(error: unknown): { id: string; outputs: Properties } | undefined {
  const { metadata } = error as { metadata?: grpc.Metadata };
  const [details] = metadata?.get("grpc-status-details-bin") ?? [];
  if (!(details instanceof Buffer)) return undefined;
  const packed = statusPb.Status.deserializeBinary(details).getDetailsList()[0]!;
  const failed = providerPb.ErrorResourceInitFailed.deserializeBinary(packed.getValue_asU8());
  return { id: failed.getId(), outputs: receive(failed.getProperties()).properties };
}
