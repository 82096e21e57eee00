// Settles what the service made although its creation failed: the official provider forgets everything that fails after
// the service has accepted it, so that the next deployment would collide with its own work.
import * as pulumi from "@pulumi/pulumi";
import { reasonOf } from "../lakebase/provider/dynamic.ts";

/** What the provider was told. */
export type Inputs = Record<string, unknown>;

/** A resource whose creation may be accepted by the service and fail all the same. */
export interface Creation<Found> {
  /** What it is, for people: `instance "orders"`. */
  describe(inputs: Inputs): string;
  /** What exists under its name in the workspace; undefined for nothing. Rejects when the workspace does not tell. */
  find(inputs: Inputs): Promise<Found | undefined>;
  /** Whether what was found is what the inputs ask for, made by whom deploys. */
  isOwn(found: Found, inputs: Inputs): Promise<boolean>;
  /**
   * Puts what was found into the stack, or undoes it so that it can be tried again; "left" where neither is possible,
   * "told" where it has said so itself. A deployment that was interrupted takes nothing into the stack any more.
   */
  settle(inputs: Inputs, interrupted: boolean): Promise<"taken in" | "undone" | "left" | "told">;
  /** The name is taken. Resolves to whether it has become free, so that it is worth another try. */
  whenTaken(inputs: Inputs): Promise<boolean>;
}

/** How often a creation that was undone is tried again. */
const mostAttempts = 3;
/** The engine may have no hand free to take something in before the creation has failed. */
const takingInMs = 60_000;

/**
 * Hooks around a creation. Only an object that was not there right before, that is there right after, and that is what
 * was asked for is taken for our own: after the answer "already exists" nothing is, since somebody else may have been
 * first.
 *
 * They serve any number of resources of a kind: each is known by its URN.
 *
 * @param key what they are called in the engine; another one of that name is told apart
 */
export function unfinishedCreationHooks<Found>(
  key: string,
  parent: pulumi.Resource,
  creation: Creation<Found>,
): pulumi.ResourceHookBinding {
  if (!takesErrorHooks()) return {};
  const free = new Set<pulumi.URN>();
  const attempts = new Map<pulumi.URN, number>();
  // A workspace that does not tell what there is fails the creation here, where nothing has been sent yet.
  const name = unusedName(key);
  const before = new pulumi.ResourceHook(`lakebase-before-${name}`, async ({ urn, newInputs = {} }) => {
    free.delete(urn);
    try {
      if ((await creation.find(newInputs)) === undefined) free.add(urn);
    } catch (error) {
      const what = creation.describe(newInputs);
      throw new Error(`whether ${what} exists already cannot be told: ${reasonOf(error)}`);
    }
  });
  const failed = new pulumi.ErrorHook(
    `lakebase-existing-${name}`,
    async ({ urn, failedOperation, errors: [latest = ""], newInputs = {} }) => {
      if (failedOperation !== "create") return false;
      if (/already exists|being deleted/i.test(latest)) return await creation.whenTaken(newInputs);
      const interrupted = /context canceled/i.test(latest);
      const outcome = await settle(creation, newInputs, free.has(urn), interrupted);
      if (outcome === "told") return false;
      const attempt = (attempts.get(urn) ?? 0) + 1;
      attempts.set(urn, attempt);
      if (outcome === "undone" && attempt < mostAttempts && !interrupted) return true;
      await pulumi.log.warn(`${creation.describe(newInputs)}: ${afterwards[outcome]}`, parent);
      return false;
    },
  );
  return { beforeCreate: [before], onError: [failed] };
}

const used = new Map<string, number>();

/** The engine wants each name once in a program, in which several components may have the same name. */
function unusedName(key: string): string {
  const count = (used.get(key) ?? 0) + 1;
  used.set(key, count);
  return count === 1 ? key : `${key}~${count}`;
}

const again = "fix: mend what the error says and run `pulumi up` again";
const afterwards = {
  "taken in":
    "its creation failed after the service had accepted it, and it is in the stack now. fix: run `pulumi up` again, which goes on with it",
  undone: `its creation failed after the service had accepted it, and was undone. ${again}`,
  nothing: `its creation failed and left nothing behind. ${again}`,
  left: `its creation failed, and whether it left something behind cannot be told. ${again}`,
};

async function settle<Found>(
  creation: Creation<Found>,
  inputs: Inputs,
  wasFree: boolean,
  interrupted: boolean,
): Promise<keyof typeof afterwards | "told"> {
  try {
    const found = await creation.find(inputs);
    if (found === undefined) return "nothing";
    return wasFree && (await creation.isOwn(found, inputs))
      ? await creation.settle(inputs, interrupted)
      : "left";
  } catch {
    // The provider's own error says what happened.
    return "left";
  }
}

/** Name, in the state, of an object whose creation failed on the way: one that no program gives to a resource. */
export function unfinishedName(name: string): string {
  return `${name}~unfinished`;
}

/** Whether the engine has the resource in the state, in good time. */
export async function isRegistered(resource: pulumi.CustomResource): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const deadline = setTimeout(() => resolve(false), takingInMs);
  resource.id.apply(() => resolve(true));
  try {
    return await promise;
  } finally {
    clearTimeout(deadline);
  }
}

/** Pulumi's mocks have no error hooks, and a program under test that declares one would wait for ever. */
function takesErrorHooks(): boolean {
  const monitor = pulumi.runtime.getMonitor() as { registerErrorHook?: unknown } | undefined;
  return typeof monitor?.registerErrorHook === "function";
}
