// A Pulumi program whose instances are described by the stack's configuration, so that a test changes any argument.
import { join } from "node:path";
import type { LakebaseCatalogArgs, LakebaseInstanceArgs } from "../../../components/index.ts";
import { temporaryFolder } from "./folder.ts";
import { writeProgram } from "./program.ts";
import { type StackOptions, type StackUnderTest, startStack } from "./stack.ts";

/** What the program declares: instances, each after the one before, and one catalog. */
export interface Declared {
  instances: LakebaseInstanceArgs[];
  catalog?: LakebaseCatalogArgs;
  /** Default false. */
  protect?: boolean;
  /** Tags in the reverse of the order that they come in: the configuration itself knows one order only. */
  tagsReversed?: boolean;
}

const source = `
import * as pulumi from "@pulumi/pulumi";
import { LakebaseCatalog, LakebaseInstance } from "pulumi-lakebase";
const { instances, catalog, protect = false, tagsReversed = false } = new pulumi.Config().requireObject("declared");
const dependsOn = [];
for (const [index, args] of instances.entries()) {
  if (tagsReversed) args.customTags = Object.fromEntries(Object.entries(args.customTags).reverse());
  dependsOn.push(new LakebaseInstance("instance-" + index, args, { protect, dependsOn: [...dependsOn] }));
}
if (catalog !== undefined) new LakebaseCatalog("catalog", catalog, { dependsOn });
`;

/** A stack with that program; `declare` replaces what it declares. */
export async function startInstanceStack(
  declared: Declared,
  options: StackOptions = {},
): Promise<StackUnderTest & { declare(declared: Declared): Promise<void> }> {
  const folder = await temporaryFolder();
  const program = join(folder.path, "program");
  await writeProgram(program, source);
  const config = { ...options.config, "lakebase:declared": declared };
  const stack = await startStack({ ...options, program, config });
  return {
    ...stack,
    declare: (changed) => stack.configure({ "lakebase:declared": changed }),
    async [Symbol.asyncDispose]() {
      await stack[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
