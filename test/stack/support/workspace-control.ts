// What others do to a workspace behind a stack's back: requests of their own, and faults.
import { openWorkspace, waitForInstance } from "../../../lakebase/workspace/index.ts";
import type { StackWorkspace } from "./stack.ts";

/** Sends a request with the workspace's own token; fails the test when it is refused. */
export async function ask(
  { apiUrl, token }: StackWorkspace,
  method: string,
  path: string,
  body?: object,
): Promise<Record<string, unknown>> {
  const answer = await fetch(`${apiUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text}`);
  return (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
}

/** How the service sees an instance. */
export async function instanceOf(workspace: StackWorkspace, name: string): Promise<Record<string, unknown>> {
  return await ask(workspace, "GET", `/api/2.0/database/instances/${name}`);
}

/** Waits until an instance has a state. */
export async function reach(workspace: StackWorkspace, name: string, state: string): Promise<void> {
  const { apiUrl: host, token } = workspace;
  await waitForInstance(await openWorkspace({ host, token }), name, { states: [state], deadlineMs: 60_000 });
}
