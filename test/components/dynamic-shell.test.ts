// What Pulumi writes into the state for a dynamic resource: pinned, free of paths and secrets.
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import {
  accessShell,
  connectivityShell,
  identityShell,
  permissionsShell,
  pipelineShell,
  powerShell,
  syncedTableShell,
} from "../../components/dynamic-shell.ts";

const textOf = async (shell: pulumi.dynamic.ResourceProvider) =>
  (await pulumi.runtime.serializeFunction(() => shell)).text;

describe("the serialised provider", () => {
  it.each([
    ["access", accessShell],
    ["connectivity", connectivityShell],
    ["identity", identityShell],
    ["permissions", permissionsShell],
    ["pipeline", pipelineShell],
    ["power", powerShell],
    ["syncedTable", syncedTableShell],
  ])("of %s is the text that earlier releases wrote", async (kind, shell) => {
    const text = await textOf(shell);
    const statements = text
      .replace(/\s+/g, " ")
      .match(/return async function[^{]*\{ [^}]*\}|return function[^{]*\{.*?\}; \}/g);
    expect(statements).toMatchSnapshot();
    expect(text).toContain(`kind: "${kind}"`);
  });

  it("is the same at every serialisation", async () => {
    expect(await textOf(connectivityShell)).toBe(await textOf(connectivityShell));
  });

  it("holds no path, address or environment of this machine", async () => {
    const text = await textOf(powerShell);
    expect(text).not.toContain(process.cwd());
    expect(text).not.toMatch(/https?:|DATABRICKS|token|\.ts\b/);
    expect(text.length).toBeLessThan(3_000);
  });
});
