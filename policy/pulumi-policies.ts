// The policies in the form of Pulumi's policy SDK.
import type * as sdk from "@pulumi/policy";
import { lakebasePolicies } from "./rules/index.ts";
import {
  defaultsOf,
  type LakebasePolicy,
  type Level,
  type Resource,
  type Setting,
  violation,
} from "./types.ts";

/** What a pack changes without a configuration file. */
export interface PackOptions {
  /** How strictly a policy is enforced, by its name. */
  readonly levels?: Readonly<Record<string, Level>>;
}

/**
 * The policies for `new PolicyPack(name, { policies: policiesForPack() })`. Each can be configured as Pulumi
 * does: `--policy-pack-config` with `{"<policy>": {"enforcementLevel": "…", "<setting>": …}}`.
 *
 * @throws Error when `levels` names a policy that there is not
 */
export function policiesForPack({ levels = {} }: PackOptions = {}): sdk.Policies {
  const names = lakebasePolicies.map(({ name }) => name);
  const unknown = Object.keys(levels).filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new Error(`no policy is named ${unknown.join(", ")}; allowed: ${names.join(", ")}`);
  }
  return lakebasePolicies.map((policy) => inPulumi(policy, levels[policy.name] ?? policy.level));
}

function inPulumi(policy: LakebasePolicy, enforcementLevel: Level): sdk.Policies[number] {
  const common = {
    name: policy.name,
    description: policy.description,
    enforcementLevel,
    remediationSteps: policy.fix,
    ...(Object.keys(policy.settings).length === 0 ? {} : { configSchema: { properties: schemaOf(policy) } }),
  };
  const config = (args: { getConfig<T extends object>(): T }) => ({
    ...defaultsOf(policy),
    ...args.getConfig(),
  });
  if (policy.scope === "resource") {
    return {
      ...common,
      validateResource: (args: sdk.ResourceValidationArgs, report: sdk.ReportViolation) => {
        for (const what of policy.check(resourceOf(args), config(args))) report(violation(policy, what));
      },
    };
  }
  return {
    ...common,
    validateStack: (args: sdk.StackValidationArgs, report: sdk.ReportViolation) => {
      for (const what of policy.check(args.resources.map(resourceOf), config(args)))
        report(violation(policy, what));
    },
  };
}

function resourceOf({
  type,
  name,
  urn,
  props,
  opts,
}: Pick<sdk.PolicyResource, "type" | "name" | "urn" | "props" | "opts">): Resource {
  return { type, name, urn, props, protect: opts.protect === true };
}

function schemaOf({ settings }: LakebasePolicy): sdk.PolicyConfigSchema["properties"] {
  return Object.fromEntries(
    Object.entries<Setting>(settings).map(([key, setting]) => [
      key,
      setting as sdk.PolicyConfigSchema["properties"][string],
    ]),
  );
}
