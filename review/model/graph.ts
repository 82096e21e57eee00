// The picture's nodes and arrows: instance → catalog → pipelines → synced tables → apps.
import { type Change, compare, type Operation } from "./changes.ts";
import type { Shown } from "./values.ts";

/** A thing in the picture. */
export interface GraphNode {
  readonly key: string;
  readonly kind:
    | "instance"
    | "catalog"
    | "pipeline"
    | "synced-table"
    | "app"
    | "project"
    | "branch"
    | "database";
  readonly label: string;
  /** `outside`: named by something, but not part of the preview. */
  readonly state: Operation | "outside";
}

/** An arrow of the picture, by the nodes' keys. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
}

/** The picture. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

const order = ["project", "branch", "instance", "database", "catalog", "pipeline", "synced-table", "app"];

/** Draws whatever the preview names, in a fixed order. */
export function graphOf(changes: readonly Change[]): Graph {
  const nodes = new Map<string, GraphNode>();
  const edges = new Map<string, GraphEdge>();
  for (const change of changes) {
    const drawn = nodeOf(change, changes);
    if (drawn !== undefined) nodes.set(drawn.key, { ...drawn, state: together(drawn, nodes.get(drawn.key)) });
  }
  for (const change of changes) for (const link of linksOf(change)) connect(link, nodes, edges);
  return {
    nodes: [...nodes.values()].sort(
      (left, right) => order.indexOf(left.kind) - order.indexOf(right.kind) || compare(left.key, right.key),
    ),
    edges: [...edges.values()].sort((left, right) =>
      compare(`${left.from} ${left.to}`, `${right.from} ${right.to}`),
    ),
  };
}

function nodeOf(change: Change, changes: readonly Change[]): GraphNode | undefined {
  const { kind, name, newName, operation } = change;
  if (!isDrawn(kind)) return undefined;
  const label = name === newName ? name : `${name} → ${newName}`;
  // Starting and stopping, and a clone's settings, are another resource's change; the reader looks at the instance.
  const powered = changes.some(
    (other) =>
      other.kind === "power" &&
      other.newName === newName &&
      other.properties.some(({ name }) => name === "stopped" || name.startsWith("settings.")),
  );
  const state = kind === "instance" && operation === "unchanged" && powered ? "update" : operation;
  return { key: `${kind} ${newName}`, kind, label, state };
}

/** What is deleted under one Pulumi name and created under another is replaced. */
function together({ state }: GraphNode, other: GraphNode | undefined): GraphNode["state"] {
  const both = [state, other?.state];
  return both.includes("delete") && both.includes("create") ? "replace" : state;
}

function isDrawn(kind: string): kind is GraphNode["kind"] {
  return order.includes(kind);
}

interface Link {
  readonly from: { kind: GraphNode["kind"]; name: string };
  readonly to: { kind: GraphNode["kind"]; name: string };
}

function linksOf(change: Change): Link[] {
  const read = change.operation === "delete" || change.operation === "forget" ? change.before : change.after;
  const named = (path: string) => text(read(path));
  const self = { kind: change.kind as GraphNode["kind"], name: change.newName };
  if (change.kind === "catalog") return link("instance", named("databaseInstanceName"), self);
  if (change.kind === "synced-table") return syncedTableLinks(change, self, named);
  if (change.kind === "app")
    return bindings(read("resources.database")).flatMap((name) => link("instance", name, self));
  if (change.kind === "branch") return link("project", named("parent")?.split("/")[1], self);
  if (change.kind === "database") return link("branch", named("parent")?.split("/")[3], self);
  if (change.kind === "instance") return link("instance", named("parentInstanceRef.name"), self);
  return [];
}

/** A table stands in a catalog, and its pipeline between the two. */
function syncedTableLinks(
  change: Change,
  self: Link["to"],
  named: (path: string) => string | undefined,
): Link[] {
  const catalog = change.newName.split(".")[0];
  const pipeline = named("spec.existingPipelineId");
  const instance = link("instance", named("databaseInstanceName"), { kind: "catalog", name: catalog ?? "" });
  if (pipeline === undefined) return [...instance, ...link("catalog", catalog, self)];
  const middle = { kind: "pipeline" as const, name: pipeline };
  return [...instance, ...link("catalog", catalog, middle), ...link("pipeline", pipeline, self)];
}

function link(kind: GraphNode["kind"], name: string | undefined, to: Link["to"]): Link[] {
  return name === undefined || to.name === "" ? [] : [{ from: { kind, name }, to }];
}

function bindings(value: Shown | undefined): string[] {
  if (value?.known !== true || !Array.isArray(value.value)) return [];
  return value.value.flatMap(({ instanceName }) => (typeof instanceName === "string" ? [instanceName] : []));
}

function connect({ from, to }: Link, nodes: Map<string, GraphNode>, edges: Map<string, GraphEdge>): void {
  const [start, end] = [from, to].map(({ kind, name }) => {
    const key = `${kind} ${name}`;
    if (!nodes.has(key)) nodes.set(key, { key, kind, label: name, state: "outside" });
    return key;
  });
  edges.set(`${start} ${end}`, { from: start!, to: end! });
}

function text(value: Shown | undefined): string | undefined {
  return value?.known === true && typeof value.value === "string" ? value.value : undefined;
}
