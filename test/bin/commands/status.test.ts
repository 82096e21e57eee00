// `pulumi-lakebase status`: where the state comes from, mistakes, exit codes, colour, and watching to the end.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { main } from "../../../bin/main.ts";
import { startApiWorkspace, type TestWorkspace } from "../../local/support/workspace.ts";
import { dynamic, official, stateOf } from "../../status/support/state.ts";
import { command } from "../support/command.ts";

let folder: string;
let api: TestWorkspace;
let state: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lakebase-status-"));
  api = await startApiWorkspace();
  vi.stubEnv("DATABRICKS_TOKEN", api.workspace.token);
  const { uid } = await api.createInstance({ name: "orders", capacity: "CU_1" });
  state = stateOf([
    official("DatabaseInstance", "orders", { name: "orders" }, { outputs: { uid } }),
    dynamic("InstancePower", "power", {
      instanceName: "orders",
      stopped: false,
      settings: { capacity: "CU_1" },
    }),
  ]).replace("https://dbc-1.example.com", api.workspace.apiUrl);
  await writeFile(join(folder, "state.json"), state);
  await writeFile(
    join(folder, "pulumi"),
    `#!/bin/sh\necho "no stack: $*" >&2\n[ "$4" = "--stack" ] && cat state.json\n`,
  );
  await chmod(join(folder, "pulumi"), 0o755);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await api?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const patch = (body: Record<string, unknown>) =>
  api.call("PATCH", `/api/2.0/database/instances/orders?update_mask=${Object.keys(body)[0]}`, {
    name: "orders",
    ...body,
  });

describe("status", () => {
  it("reads a file, standard input, or asks the Pulumi CLI with the options after --", async () => {
    const shape = ({ code, out, err }: { code: number; out: string; err: string }) => [
      code,
      out.replace(/\d{4}-.*UTC/, "").replace(/deployed .* ago/, ""),
      err,
    ];
    const file = shape(await command(["status", "--state", "state.json"], { cwd: folder }));
    expect(file).toEqual([0, expect.stringContaining("✓ orders  AVAILABLE"), ""]);
    expect(shape(await command(["status", "--state=-"], { stdin: state }))).toEqual(file);
    const asked = await command(["status", "--pulumi", "./pulumi", "--", "--stack", "dev"], { cwd: folder });
    expect(shape(asked)).toEqual(file);
  });

  it("colours on a terminal only, and not with NO_COLOR", async () => {
    const said = async (env: NodeJS.ProcessEnv, terminal?: { columns(): number }) => {
      let out = "";
      await main(["status", "--state", "state.json"], {
        stdin: Readable.from([]),
        stdout(text) {
          out += text;
        },
        stderr: () => {},
        env,
        cwd: folder,
        terminal,
      });
      return out;
    };
    const terminal = { columns: () => 80 };
    expect(await said({}, terminal)).toContain("\x1b[32m✓");
    expect(await said({ NO_COLOR: "1" }, terminal)).not.toContain("\x1b");
    expect(await said({})).not.toContain("\x1b");
  });

  it.each<[string[], string, RegExp]>([
    [["--state", "gone.json"], "", /cannot read "gone.json": there is no such file; fix: .*stack export/],
    [["--state", "-"], "dapi123", /no state of a stack: it is not JSON; fix/],
    [["--state", "-"], '{"schemaVersion":1}', /no state of a stack: it has no deployment; fix/],
    [["--state", "-"], stateOf([]), /stack "dev" has no Lakebase resources; fix: `pulumi up`/],
    [["--pulumi", "./gone"], "", /cannot run ".\/gone": it is not there; fix/],
    [["--pulumi", "./pulumi"], "", /no stack: stack export --non-interactive; fix: run it where/],
    [["5"], "", /unexpected argument "5"; fix: seconds go with --watch/],
    [["--watch", "0"], "", /--watch cannot be "0"; allowed: seconds from 1 to 86400/],
    [["--watch", "--state", "-"], "", /cannot read standard input again; fix/],
    [["--state", "state.json", "--", "--stack", "dev"], "", /--state does without; fix/],
    [["--state", "state.json", "--host", "nonsense:"], "", /status: .*fix|status: .*;/],
  ])("%j with %j ends with 1 and says why", async (args, stdin, message) => {
    const { code, out, err } = await command(["status", ...args], { stdin, cwd: folder });
    expect([code, out]).toEqual([1, ""]);
    expect(err).toMatch(message);
    expect(err).not.toContain("dapi123");
  });

  it("ends with 3 for drift and with 2 for what is not available", async () => {
    await patch({ capacity: "CU_2" });
    await api.reach("orders", "AVAILABLE");
    expect((await command(["status", "--state", "state.json"], { cwd: folder })).code).toBe(3);
    await patch({ stopped: true });
    await api.reach("orders", "STOPPED");
    expect((await command(["status", "--state", "state.json"], { cwd: folder })).code).toBe(2);
    await patch({ stopped: false });
    await api.reach("orders", "AVAILABLE");
    await patch({ capacity: "CU_1" });
    await api.reach("orders", "AVAILABLE");
  });
});

describe("status --watch", () => {
  /** Watches until what was said satisfies `until`; `then` is done on the way. */
  async function watch(options: {
    args?: string[];
    terminal?: { columns(): number };
    steps: [RegExp, () => unknown][];
  }) {
    const end = new AbortController();
    const { args = [], terminal, steps } = options;
    let out = "";
    const left = [...steps];
    const code = await main(["status", "--watch", "1", "--state", "state.json", ...args], {
      stdin: Readable.from([]),
      stdout(text) {
        out += text;
        while (left[0]?.[0].test(out)) left.shift()?.[1]();
        if (left.length === 0) end.abort();
      },
      stderr: () => {},
      env: {},
      cwd: folder,
      terminal,
      interruption: end.signal,
    });
    return { code, out };
  }

  it("prints a line for each change where there is no terminal, and ends cleanly", async () => {
    const listeners = process.listenerCount("SIGINT");
    const { code, out } = await watch({
      steps: [
        [/verdict: well/, () => {}],
        [/instance orders: AVAILABLE/, () => patch({ stopped: true })],
        [/instance orders: AVAILABLE → .*STOPPED/, () => {}],
      ],
    });
    await api.reach("orders", "STOPPED");
    await patch({ stopped: false });
    await api.reach("orders", "AVAILABLE");
    expect(code).toBe(0);
    for (const line of out.trimEnd().split("\n")) expect(line).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z \S/);
    expect(process.listenerCount("SIGINT")).toBe(listeners);
  });

  it("ends with 0 at Ctrl-C, as a process", async () => {
    const program = join(import.meta.dirname, "../../../bin/pulumi-lakebase.ts");
    const args = [program, "status", "--watch", "60", "--state", "state.json"];
    const child = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    child.kill("SIGINT");
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  it("tells a workspace that does not answer once, and goes on", async () => {
    const fault = {
      path: "/instances/orders",
      status: 401,
      error_code: "UNAUTHENTICATED",
      message: "no",
      times: 2,
    };
    await api.call("POST", "/local/faults", fault);
    const { out } = await watch({
      steps: [
        [/status: .*no/, () => {}],
        [/the workspace answers again/, () => {}],
      ],
    });
    expect(out.match(/status: /g)).toHaveLength(1);
  });

  it("prints a JSON text a line", async () => {
    const { out } = await watch({ args: ["--json"], steps: [[/\n$/, () => {}]] });
    expect(JSON.parse(out.trimEnd())).toMatchObject({ schemaVersion: 1, verdict: "well" });
  });

  it("redraws a terminal from its top", async () => {
    const { out } = await watch({
      terminal: { columns: () => 80 },
      steps: [[/Ctrl-C ends it[\s\S]*Ctrl-C ends it/, () => {}]],
    });
    expect(out.split("\x1b[H").length).toBeGreaterThanOrEqual(4);
    expect(out.split("\x1b[H").at(-1)).toContain("ALL WELL");
  });
});
