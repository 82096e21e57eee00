// One half of the official plugin: its client and what it knows of the workspace's id. The two halves share nothing.

import { ApiClient, type ApiClientOptions } from "./api-client.ts";
import { messageOf } from "./api-error.ts";

/** A half: a client, and the id of the workspace it speaks to, asked for once. */
export class Half {
  readonly api: ApiClient;
  readonly #options: ApiClientOptions;
  #workspaceId: string | undefined;
  #asking: Promise<string> | undefined;
  readonly #remembered = new Map<string, Promise<string>>();

  constructor(options: ApiClientOptions) {
    this.#options = options;
    this.api = new ApiClient(options);
  }

  /** The workspace id that the provider's own settings name; empty when they name none. */
  get configuredWorkspaceId(): string {
    return this.#options.settings.workspaceId;
  }

  /** The first request of every run: what the host says about itself. An id found there spares the question later. */
  async probeHost(): Promise<void> {
    const { workspace_id: id } = await this.api.hostMetadata();
    if (!id) return;
    const configured = this.configuredWorkspaceId;
    if (isNumeric(configured) && configured !== String(id)) {
      throw new Error(
        `workspace_id mismatch: the provider is configured with workspace_id ${configured} but the host resolves ` +
          `to workspace ${id}. please check the workspace_id in the provider configuration`,
      );
    }
    if (isNumeric(String(id))) this.#workspaceId = String(id);
  }

  /** The id of the workspace the host belongs to. */
  async currentWorkspaceId(): Promise<string> {
    if (this.#workspaceId !== undefined) return this.#workspaceId;
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    this.#workspaceId = await this.#asking;
    return this.#workspaceId;
  }

  /** The client for a resource that names a workspace, after making sure that it is the one at hand. */
  async clientFor(workspaceId: string | null): Promise<ApiClient> {
    const wanted = workspaceId || this.configuredWorkspaceId;
    if (!wanted) return this.api;
    if (!isNumeric(wanted)) throw new Error(`failed to validate workspace_id: ${notNumeric(wanted)}`);
    let actual: string;
    try {
      actual = await this.currentWorkspaceId();
    } catch (error) {
      throw new Error(`failed to validate workspace_id: ${messageOf(error)}`);
    }
    if (actual === wanted) return this.api;
    throw new Error(
      `failed to validate workspace_id: workspace_id mismatch: provider is configured for workspace ${actual} but ` +
        `got ${wanted} in provider_config. please check the workspace_id provided in provider_config`,
    );
  }

  /** The answer to a question asked once per run; a failed one is asked again. */
  async remember(question: string, ask: () => Promise<string>): Promise<string> {
    const known = this.#remembered.get(question) ?? ask();
    this.#remembered.set(question, known);
    try {
      return await known;
    } catch (error) {
      this.#remembered.delete(question);
      throw error;
    }
  }

  async #ask(): Promise<string> {
    try {
      const header = await this.api.workspaceIdHeader();
      if (!isNumeric(header))
        throw new Error(`strconv.ParseInt: parsing ${JSON.stringify(header)}: invalid syntax`);
      return header;
    } catch (error) {
      throw new Error(`failed to get the workspace_id: ${messageOf(error)}`);
    }
  }
}

function isNumeric(id: string): boolean {
  return /^-?\d+$/.test(id);
}

function notNumeric(id: string): string {
  return (
    `workspace_id "${id}" is not a numeric workspace ID. Connection IDs are only supported when the provider is ` +
    "configured against an account-level or unified host"
  );
}
