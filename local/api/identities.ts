// Who may call: what the workspace knows of a caller, and the two whom every workspace has.
import { timingSafeEqual } from "node:crypto";

/** Someone who calls the API, and whose name is a database user. */
export interface Identity {
  kind: "user" | "service_principal";
  /** The SCIM id. */
  id: string;
  /** An e-mail address, or a service principal's application id. */
  userName: string;
  displayName: string;
  /** Workspace admins manage every object. */
  admin: boolean;
  /** Whether instances may be made by this identity. Default: true, as for members of a workspace. */
  mayCreateInstances?: boolean;
}

/** What the workspace knows about its own callers, with their secrets; made once for each data directory. */
export interface Directory {
  /** The workspace's id, the answer's X-Databricks-Org-Id. */
  workspaceId: string;
  user: Identity;
  servicePrincipal: Identity;
  /** Personal access token of the user. */
  personalAccessToken: string;
  /** Secret of the service principal, whose client id is its user name. */
  clientSecret: string;
}

/** Compares secrets in constant time. */
export function equal(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
