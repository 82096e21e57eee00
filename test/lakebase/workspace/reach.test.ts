// Whether something answers at an address, told quickly and with the reason.
import { afterEach, beforeEach, expect, test } from "vitest";
import { probeWorkspace } from "../../../lakebase/workspace/index.ts";
import {
  closedPort,
  isolateEnvironment,
  type Reply,
  startScriptedServer,
} from "../support/scripted-server.ts";

let environment: Awaited<ReturnType<typeof isolateEnvironment>>;
beforeEach(async () => {
  environment = await isolateEnvironment();
});
afterEach(() => environment[Symbol.asyncDispose]());

test.each<Reply>([{ status: 200 }, { status: 401 }, { status: 404 }, { status: 503, text: "busy" }])(
  "any answer counts: %j",
  async (reply) => {
    await using server = await startScriptedServer(() => reply);
    const { status } = reply as { status: number };
    expect(await probeWorkspace(`${server.url}/path?x`)).toEqual({
      reachable: true,
      host: server.url,
      status,
    });
    expect(server.requests[0]?.headers.authorization).toBeUndefined();
  },
);

test("nothing listens there", async () => {
  const host = `http://localhost:${await closedPort()}`;
  const reach = await probeWorkspace(host);
  expect(reach).toMatchObject({ reachable: false, host, errorCode: "UNREACHABLE", code: "ECONNREFUSED" });
  expect(reach).toMatchObject({ message: expect.stringContaining(`no workspace answers at ${host}`) });
  expect(reach).toMatchObject({ fix: expect.stringContaining("npm run local") });
});

test("no reply in time, no such name, no web address, plaintext behind https", async () => {
  await using server = await startScriptedServer(() => "hang");
  expect(await probeWorkspace(server.url, { timeoutMs: 100 })).toMatchObject({
    reachable: false,
    errorCode: "TIMEOUT",
  });
  expect(await probeWorkspace("workspace.invalid")).toMatchObject({
    reachable: false,
    reason: expect.stringMatching(/does not resolve/),
  });
  expect(await probeWorkspace("not a host")).toMatchObject({ reachable: false, errorCode: "CONFIGURATION" });
  expect(await probeWorkspace(server.url.replace("http:", "https:"))).toMatchObject({
    reachable: false,
    errorCode: "UNREACHABLE",
    reason: expect.stringMatching(/TLS handshake/),
  });
});

test("a caller's signal ends the probe", async () => {
  await using server = await startScriptedServer(() => "hang");
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(probeWorkspace(server.url, { signal })).rejects.toThrow("enough");
});
