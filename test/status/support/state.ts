// An exported state for tests, as the engine writes one, with everything that a status reads and much that it must not.

/** A resource of the state. */
export type Resource = Record<string, unknown> & { type: string; urn: string };

const urn = (type: string, name: string) => `urn:pulumi:dev::shop::${type}::${name}`;
const provider = urn("pulumi:providers:databricks", "default");

/** A resource of the official provider. */
export function official(kind: string, name: string, inputs: object, more: object = {}): Resource {
  const type = `databricks:index/${kind[0]?.toLowerCase()}${kind.slice(1)}:${kind}`;
  return { urn: urn(type, name), type, provider: `${provider}::p1`, inputs, ...more };
}

/** A dynamic resource. */
export function dynamic(kind: string, name: string, inputs: object, more: object = {}): Resource {
  const type = `pulumi-nodejs:dynamic/lakebase:${kind}`;
  return { urn: urn(type, name), type, inputs: { __provider: "exports.handler = 1", ...inputs }, ...more };
}

/** The secret that the engine puts in place of a value. */
export const encrypted = {
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  ciphertext: "v1:x",
};

/** The stack's databricks provider. */
export const providerResource: Resource = {
  urn: provider,
  type: "pulumi:providers:databricks",
  id: "p1",
  inputs: { host: "https://dbc-1.example.com", token: encrypted },
};

/** A state with these resources. */
export function stateOf(resources: readonly Resource[], deployment: object = {}): string {
  return JSON.stringify({
    version: 3,
    deployment: {
      manifest: { time: "2026-06-01T12:00:00Z" },
      resources: [
        { urn: urn("pulumi:pulumi:Stack", "shop-dev"), type: "pulumi:pulumi:Stack" },
        providerResource,
        ...resources,
      ],
      ...deployment,
    },
  });
}
