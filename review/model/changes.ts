// From the engine's steps to one change a resource: what happens to it, and which shown properties differ.
import type { PreviewDigest, PreviewStep, ResourceState } from "../preview/digest.ts";
import { type Kind, type KindDescription, kindOf } from "./kinds.ts";
import { type Shown, sameShown, scrubbed, shown, valueAt } from "./values.ts";

/** What happens to a resource. */
export type Operation = "create" | "update" | "replace" | "delete" | "forget" | "import" | "unchanged";

/** One shown property whose value changes. */
export interface PropertyChange {
  readonly name: string;
  /** Its name in words. */
  readonly label: string;
  readonly before: Shown | undefined;
  readonly after: Shown | undefined;
}

/** One resource of the preview. */
export interface Change {
  readonly urn: string;
  readonly type: string;
  readonly kind: Kind;
  readonly title: string;
  /** Name at the service before and after; the Pulumi name for kinds without one. */
  readonly name: string;
  readonly newName: string;
  readonly operation: Operation;
  readonly properties: readonly PropertyChange[];
  /** Names of the properties that demand a replacement. */
  readonly replacedFor: readonly string[];
  /** True when the old one goes before the new one comes; undefined when the preview does not tell. */
  readonly deletedFirst: boolean | undefined;
  readonly protectedBefore: boolean;
  readonly protectedAfter: boolean;
  readonly failedBefore: boolean;
  /** Shown inputs before and after, by property path. */
  before(path: string): Shown | undefined;
  after(path: string): Shown | undefined;
  /** Names of the clones that hang on it, as far as the state knows. */
  readonly clones: readonly string[];
}

/** Every resource of the preview once, in a fixed order. */
export function changesOf(digest: PreviewDigest): Change[] {
  const byUrn = Map.groupBy(
    digest.steps.filter((step) => isCustom(step)),
    (step) => step.urn,
  );
  return [...byUrn.values()].map(changeOf).sort((left, right) => compare(left.urn, right.urn));
}

/** Components and providers are no objects of the workspace. */
function isCustom({ urn, newState, oldState }: PreviewStep): boolean {
  const state = newState ?? oldState;
  return state?.custom === true && !typeOf(urn).startsWith("pulumi:");
}

function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

function changeOf(steps: PreviewStep[]): Change {
  const main = steps.find(({ op }) => op === "replace") ?? steps[0]!;
  // The logical step of a replacement has both sides; with some engines only its halves do.
  const oldState = main.oldState ?? steps.find((step) => step.oldState !== undefined)?.oldState;
  const newState = main.newState ?? steps.find((step) => step.newState !== undefined)?.newState;
  const type = typeOf(main.urn);
  const description = kindOf(type);
  const operation = operationOf(steps, main, oldState);
  const before = reader(description, operation === "create" ? undefined : oldState);
  const after = reader(description, operation === "delete" || operation === "forget" ? undefined : newState);
  return {
    urn: main.urn,
    type,
    kind: description.kind,
    title: description.title,
    name: nameOf(description, oldState ?? newState, main.urn),
    newName: nameOf(description, newState ?? oldState, main.urn),
    operation,
    properties: operation === "unchanged" ? [] : propertyChanges(description, before, after),
    replacedFor: main.replaceReasons,
    deletedFirst: deletedFirst(steps),
    protectedBefore: oldState?.protect === true,
    protectedAfter: newState?.protect === true,
    failedBefore: (oldState?.initErrors.length ?? 0) > 0 || oldState?.outputs.outcome === "failed",
    before,
    after,
    clones: cloneNames(oldState),
  };
}

const operations: Record<string, Operation> = {
  same: "unchanged",
  refresh: "unchanged",
  read: "unchanged",
  "read-replacement": "unchanged",
  "read-discard": "forget",
  "discard-replaced": "forget",
  create: "create",
  update: "update",
  delete: "delete",
  replace: "replace",
  "create-replacement": "replace",
  "delete-replaced": "replace",
  "remove-pending-replace": "unchanged",
  import: "import",
  "import-replacement": "replace",
};

function operationOf(
  steps: PreviewStep[],
  main: PreviewStep,
  oldState: ResourceState | undefined,
): Operation {
  const operation = operations[main.op] ?? "update";
  // What is left of an earlier replacement is deleted without a successor.
  if (steps.every(({ op }) => op === "delete-replaced")) return "delete";
  return operation === "delete" && oldState?.retainOnDelete === true ? "forget" : operation;
}

function deletedFirst(steps: PreviewStep[]): boolean | undefined {
  const deletion = steps.findIndex(({ op }) => op === "delete-replaced");
  const creation = steps.findIndex(({ op }) => op === "create-replacement");
  return deletion === -1 || creation === -1 ? undefined : deletion < creation;
}

/** Reads only what the kind may show. */
function reader(description: KindDescription, state: ResourceState | undefined) {
  return (path: string): Shown | undefined => {
    if (state === undefined || !Object.hasOwn(description.shown, path)) return undefined;
    return shown(valueAt(state.inputs, path));
  };
}

function propertyChanges(
  description: KindDescription,
  before: (path: string) => Shown | undefined,
  after: (path: string) => Shown | undefined,
): PropertyChange[] {
  return Object.entries(description.shown)
    .map(([name, label]) => ({ name, label, before: before(name), after: after(name) }))
    .filter((change) => !sameShown(change.before, change.after));
}

function nameOf(description: KindDescription, state: ResourceState | undefined, urn: string): string {
  const given = description.nameFrom === undefined ? undefined : state?.inputs[description.nameFrom];
  const name = shown(given);
  const known = name?.known === true && typeof name.value === "string" ? name.value : urn.split("::").at(-1);
  return scrubbed(known ?? "");
}

function cloneNames(state: ResourceState | undefined): string[] {
  const names = valueAt({ refs: state?.outputs.childInstanceRefs }, "refs.name");
  return Array.isArray(names) ? names.filter((name) => typeof name === "string").map(scrubbed) : [];
}

/** Order by code unit, the same in every locale. */
export function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
