// Gets tokens for the service principal of a workspace, as the official plugin asks for them.
import { request } from "node:http";
import type { LocalWorkspace } from "../../../local/assembly.ts";
import type { Answer } from "./workspace.ts";

/** A client and its form; what is left out is the workspace's own service principal and the usual form. */
export interface MachineTokenRequest {
  id?: string;
  secret?: string;
  form?: string;
}

/** A client-credentials request as the official plugin sends it: a chunked form, with Basic auth. */
export function requestMachineToken(
  workspace: LocalWorkspace,
  given: MachineTokenRequest = {},
): Promise<Answer> {
  const { id = workspace.clientId, secret = workspace.clientSecret } = given;
  const { form = "grant_type=client_credentials&scope=all-apis" } = given;

  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const encode = (text: string): string => encodeURIComponent(text).replaceAll("%20", "+");
  const basic = Buffer.from(`${encode(id)}:${encode(secret)}`).toString("base64");
  const outgoing = request(
    `${workspace.apiUrl}/oidc/v1/token?`,
    {
      method: "POST",
      headers: {
        authorization: `Basic ${basic}`,
        "content-type": "application/x-www-form-urlencoded",
        "transfer-encoding": "chunked",
      },
    },
    async (incoming) => {
      let text = "";
      for await (const chunk of incoming.setEncoding("utf8")) text += chunk;
      const body = text === "" ? {} : JSON.parse(text);
      resolve({ status: incoming.statusCode ?? 0, body, headers: new Headers() });
    },
  );
  outgoing.on("error", reject);
  // Two pieces: a server that reads only the first one misses the scope.
  outgoing.write(form.slice(0, 10));
  outgoing.end(form.slice(10));
  return promise;
}

/** A token of the service principal. */
export async function machineToken(workspace: LocalWorkspace): Promise<string> {
  return String((await requestMachineToken(workspace)).body.access_token);
}
