// The little of a workspace that a preview asks for: who the caller is, and which workspace this is.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Id of the workspace that the recordings' resources belong to. */
export const workspaceId = "1234567890123456";

/** Answers on a free loopback port until disposed. */
export async function startWorkspace(): Promise<AsyncDisposable & { url: string }> {
  const server = createServer((request, response) => {
    const me = request.url?.startsWith("/api/2.0/preview/scim/v2/Me") === true;
    response.writeHead(me ? 200 : 404, {
      "content-type": "application/json",
      "x-databricks-org-id": workspaceId,
    });
    const missing = { error_code: "ENDPOINT_NOT_FOUND", message: "no such endpoint" };
    response.end(JSON.stringify(me ? { id: "9001", userName: "deployer@example.com" } : missing));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
