// Who may call: the workspace's user and its service principal.

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
}

/** What the workspace knows about its callers, with their secrets; made once for each data directory. */
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

/** Finds an identity by the name that tokens carry as subject. */
export function identityOf(directory: Directory, userName: string): Identity | undefined {
  return [directory.user, directory.servicePrincipal].find((identity) => identity.userName === userName);
}
