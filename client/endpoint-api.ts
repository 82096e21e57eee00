// The two calls of the Autoscaling API (/api/2.0/postgres) that an application needs.
import { resolveAuthentication } from "../lakebase/workspace/authentication.ts";
import { systemClock, type WorkspaceSettings } from "../lakebase/workspace/index.ts";
import { send } from "../lakebase/workspace/transport.ts";
import { optionalText, requiredText } from "../lakebase/workspace/wire.ts";
import type { IssuedToken } from "./token-types.ts";

/** What the API says about an endpoint. */
export interface EndpointFacts {
  host: string | undefined;
  readOnlyHost: string | undefined;
  isDisabled: boolean;
}

/** The Autoscaling API, as far as an application needs it. */
export interface EndpointApi {
  generateCredential(endpoint: string, signal?: AbortSignal): Promise<IssuedToken>;
  getEndpoint(endpoint: string, signal?: AbortSignal): Promise<EndpointFacts>;
}

const api = "/api/2.0/postgres";

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;

/** Finds host and credentials; nothing is sent before the first call. */
export async function openEndpointApi(
  settings: WorkspaceSettings,
  options: { timeoutMs: number; retryMs: number },
): Promise<EndpointApi> {
  const transport = { ...options, authentication: await resolveAuthentication(settings), clock: systemClock };
  return {
    async generateCredential(endpoint, signal) {
      const answer = await send(transport, {
        method: "POST",
        path: `${api}/credentials`,
        body: { endpoint },
        signal,
      });
      const token = requiredText(answer, "token", "a credential");
      return { token, expiresAt: new Date(requiredText(answer, "expire_time", "a credential")) };
    },
    async getEndpoint(endpoint, signal) {
      const path = `${api}/${endpoint.split("/").map(encodeURIComponent).join("/")}`;
      const status = fieldOf(await send(transport, { method: "GET", path, signal }), "status");
      const hosts = fieldOf(status, "hosts");
      return {
        host: optionalText(hosts, "host"),
        readOnlyHost: optionalText(hosts, "read_only_host"),
        isDisabled: fieldOf(status, "disabled") === true,
      };
    },
  };
}
