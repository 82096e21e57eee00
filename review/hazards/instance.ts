// What changes of an instance mean: its data, its connections, its history.
import type { Change } from "../model/changes.ts";
import { after, differs, goes, quoted, refused, updated } from "./reading.ts";
import type { ChangeRule, Context } from "./types.ts";

const kinds = ["instance"] as const;

/** Rules of instances. */
export const instanceRules: readonly ChangeRule[] = [
  {
    id: "instance-deleted",
    severity: "destroys-data",
    topic: "data",
    kinds,
    find: (change, context) =>
      change.operation === "delete" && !refused(change, context)
        ? {
            text: `instance ${quoted(change.name)} is deleted with every database in it and its point-in-time history; this cannot be undone`,
            fix: "keep it in the program, or take a dump first; to keep the instance and only let go of it, set `retainOnDelete: true` and deploy that first",
          }
        : undefined,
  },
  {
    id: "instance-replaced",
    severity: "destroys-data",
    topic: "data",
    kinds,
    find: (change, context) =>
      change.operation === "replace" && !refused(change, context) ? replacement(change) : undefined,
  },
  {
    id: "deletion-refused",
    severity: "needs-attention",
    topic: "data",
    kinds: ["instance", "project", "branch", "database"],
    find: (change, context) =>
      goes(change) && refused(change, context)
        ? `${change.title} ${quoted(change.name)} would be deleted with its data, and is protected: the engine refuses`
        : undefined,
  },
  {
    id: "instance-replacement-collides",
    severity: "needs-attention",
    topic: "deployment",
    kinds,
    find: (change) =>
      change.operation === "replace" &&
      change.deletedFirst === false &&
      change.name === change.newName &&
      sameWorkspace(change)
        ? {
            text: `the new instance ${quoted(change.newName)} is created before the old one of the same name is deleted: the service refuses it as existing`,
            fix: "set `deleteBeforeReplace: true`, or give the new instance another name",
          }
        : undefined,
  },
  {
    id: "instance-moved",
    severity: "needs-attention",
    topic: "deployment",
    kinds,
    find: (change, context) =>
      change.operation === "delete" && twin(change, context) !== undefined
        ? {
            text: `the same instance ${quoted(change.name)} is deleted under one Pulumi name and created under another: a move in the program, read as a deletion`,
            fix: "give the new resource `aliases` with the old one's name or parent",
          }
        : undefined,
  },
  {
    id: "instance-with-clones",
    severity: "needs-attention",
    topic: "deployment",
    kinds,
    find: (change) =>
      goes(change) && change.clones.length > 0
        ? {
            text: `${quoted(change.name)} has clones (${change.clones.map(quoted).join(", ")}): the service refuses to delete it before them`,
            fix: "delete the clones first",
          }
        : undefined,
  },
  {
    id: "instance-let-go",
    severity: "needs-attention",
    topic: "cost",
    kinds,
    find: (change) =>
      change.operation === "forget"
        ? `instance ${quoted(change.name)} leaves the stack but goes on existing and costing: its data is kept, and nobody manages it any more`
        : undefined,
  },
  {
    id: "instance-renamed-in-place",
    severity: "needs-attention",
    topic: "deployment",
    kinds,
    find: (change) =>
      updated(change) && differs(change, "name")
        ? {
            text: `a rename is planned as an update, but the service cannot rename: the deployment fails, looking for ${quoted(change.newName)}`,
            fix: 'keep the name, or use the component LakebaseInstance (`replaceOnChanges: ["name"]`) knowing that a new name is a new, empty database',
          }
        : undefined,
  },
  {
    id: "protection-removed",
    severity: "needs-attention",
    topic: "data",
    kinds: ["instance", "project", "branch", "database"],
    find: (change) =>
      change.protectedBefore && !change.protectedAfter && !goes(change) && change.operation !== "forget"
        ? `${change.title} ${quoted(change.name)} loses its protection: after this, a preview may delete it without an error`
        : undefined,
  },
  {
    id: "instance-created",
    severity: "information",
    topic: "data",
    kinds,
    find: (change) =>
      change.operation === "create" && after(change, "parentInstanceRef.name") === undefined
        ? `a new, empty instance ${quoted(change.newName)}`
        : undefined,
  },
  {
    id: "clone-created",
    severity: "information",
    topic: "data",
    kinds,
    find: (change) => {
      const parent = after(change, "parentInstanceRef.name");
      return change.operation === "create" && parent !== undefined
        ? `a clone of ${quoted(parent)}, whose deletion it blocks for as long as it exists; clones do not expire`
        : undefined;
    },
  },
  {
    id: "created-stopped",
    severity: "needs-attention",
    topic: "deployment",
    kinds,
    find: (change) =>
      change.operation === "create" && after(change, "stopped") === true
        ? {
            text: "created as stopped: the databricks provider waits for it to become available, up to 20 minutes, and then fails",
            fix: "use the component LakebaseInstance, which creates it running and then stops it",
          }
        : undefined,
  },
];

function replacement(change: Change): { text: string; fix: string } {
  const old = `instance ${quoted(change.name)} is deleted with every database in it and its point-in-time history`;
  if (!sameWorkspace(change)) {
    return {
      text: `the stack now points at another workspace: ${old}, and a new, empty one is created there`,
      fix: "check `databricks:host` and the profile of this stack; a second workspace wants a stack of its own",
    };
  }
  if (change.replacedFor.some((name) => name.startsWith("parentInstanceRef"))) {
    return {
      text: `${old}, and cut again from another point of its parent: whatever was written to it is lost`,
      fix: "declare a second clone under another name",
    };
  }
  if (differs(change, "name")) {
    return {
      text: `a rename is a new database: ${old}; ${quoted(change.newName)} starts empty`,
      fix: "keep the name, or move the data first: create the new instance beside the old one, copy, switch, then delete",
    };
  }
  return {
    text: `${old}; the new one starts empty`,
    fix: "find the property that demands the replacement and set it back",
  };
}

function sameWorkspace(change: Change): boolean {
  return !change.replacedFor.some((name) => name.startsWith("providerConfig"));
}

function twin(change: Change, { changes }: Context): Change | undefined {
  return changes.find(
    ({ kind, operation, newName }) =>
      kind === change.kind && operation === "create" && newName === change.name,
  );
}
