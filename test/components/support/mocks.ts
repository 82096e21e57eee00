// Runs a piece of program against Pulumi's mocks and records what it declares, with its options.
import * as pulumi from "@pulumi/pulumi";

/** One declared resource. */
export interface Declared {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

/** What a program declared, and the options of each resource by its type and name. */
export interface Recording {
  resources: Declared[];
  options: Map<string, pulumi.CustomResourceOptions>;
  /** The one resource of a type. */
  only(type: string): Declared;
  /** The options of the one resource of a type. */
  optionsOf(type: string): pulumi.CustomResourceOptions;
}

/** Outputs that the service would bring, by resource type. */
export type Answers = Record<string, (inputs: Record<string, unknown>) => Record<string, unknown>>;

const defaultAnswers: Answers = {
  "databricks:index/databaseInstance:DatabaseInstance": (inputs) => ({ uid: `uid-of-${inputs.name}` }),
  "databricks:index/databaseDatabaseCatalog:DatabaseDatabaseCatalog": (inputs) => ({
    uid: `uid-of-${inputs.name}`,
  }),
  "pulumi-nodejs:dynamic/lakebase:InstancePower": (inputs) => ({
    uid: `uid-of-${inputs.instanceName}`,
    state: inputs.stopped === true ? "STOPPED" : "AVAILABLE",
    readWriteDns: `instance-of-${inputs.instanceName}.database.example.com`,
    readOnlyDns: "",
  }),
  "pulumi-nodejs:dynamic/lakebase:ConnectivityCheck": (inputs) => ({
    outcome: inputs.stopped === true ? "stopped" : "verified",
    failure: "",
    serverVersion: "PostgreSQL 16.9",
    tlsVersion: "TLSv1.3",
    userName: "developer@example.com",
    checkedAt: "2026-06-01T12:00:00.000Z",
  }),
};

/**
 * Runs the program and waits until everything that it declared is registered.
 *
 * @param preview whether it is a preview, in which the service's answers are unknown
 */
export async function record<T>(
  program: (capture: pulumi.ResourceTransformation) => T | Promise<T>,
  { preview = false, answers = {} }: { preview?: boolean; answers?: Answers } = {},
): Promise<{ recording: Recording; result: T }> {
  const resources: Declared[] = [];
  const options = new Map<string, pulumi.CustomResourceOptions>();
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        const { __provider: _, ...own } = inputs;
        resources.push({ type, name, inputs: own });
        const answer = { ...defaultAnswers, ...answers }[type];
        return { id: `${name}-id`, state: { ...inputs, ...(preview ? {} : answer?.(inputs)) } };
      },
      call: () => ({}),
    },
    "lakebase",
    "test",
    preview,
  );
  const urns: pulumi.Output<string>[] = [];
  const capture: pulumi.ResourceTransformation = ({ resource, type, name, props, opts }) => {
    options.set(`${type}|${name}`, opts);
    queueMicrotask(() => urns.push(resource.urn));
    return { props, opts };
  };
  const result = await program(capture);
  await new Promise(setImmediate);
  for (const urn of urns) await promiseOf(urn);
  return { recording: recordingOf(resources, options), result };
}

/** The value of an output; undefined when it is unknown. */
export function promiseOf<T>(output: pulumi.Output<T>): Promise<T> {
  return (output as unknown as { promise(): Promise<T> }).promise();
}

function recordingOf(resources: Declared[], options: Recording["options"]): Recording {
  const one = <T>(found: T[], type: string): T => {
    const [only, ...more] = found;
    if (only === undefined || more.length > 0) throw new Error(`${found.length} resources of type ${type}`);
    return only;
  };
  return {
    resources,
    options,
    only: (type) =>
      one(
        resources.filter((resource) => resource.type === type),
        type,
      ),
    optionsOf: (type) =>
      one(
        [...options].filter(([key]) => key.startsWith(`${type}|`)).map(([, opts]) => opts),
        type,
      ),
  };
}
