// What Pulumi writes into the state for a dynamic resource: pinned, free of paths and secrets.
import { describe, expect, it } from "vitest";
import { type ProviderKind, providerText } from "../../components/dynamic-shell.ts";
import * as providers from "../../lakebase/provider/index.ts";

const kinds: ProviderKind[] = [
  "access",
  "connectivity",
  "identity",
  "permissions",
  "pipeline",
  "power",
  "syncedTable",
];

describe("the provider in the state", () => {
  it("is the text that earlier releases wrote", () => {
    expect(providerText("power")).toMatchSnapshot();
  });

  it.each(kinds)("of %s differs in nothing but its name, which the package has", (kind) => {
    expect(providerText(kind)).toBe(providerText("power").replace(".power(", `.${kind}(`));
    expect(providers).toHaveProperty(kind, expect.any(Function));
  });

  it("holds no path, address or environment of this machine", () => {
    const text = providerText("power");
    expect(text).not.toContain(process.cwd());
    expect(text).not.toMatch(/https?:|DATABRICKS|token|\.ts\b/);
    expect(text.length).toBeLessThan(500);
  });
});
