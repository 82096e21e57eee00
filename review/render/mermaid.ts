// The picture as a Mermaid flow chart, small enough that GitLab draws it at once.
import type { Graph, GraphNode } from "../model/graph.ts";
import { shortened } from "../model/values.ts";
import { operationInWords } from "./words.ts";

/** GitLab draws without a click up to 2,000 characters of all charts of a page. */
const characterLimit = 1_900;
const longestLabel = 48;
/** The shortest line of one, such as `n1["app: a"]`, has more characters than this leaves for each. */
const mostNodes = characterLimit / 10;

/** A chart, and how many things it leaves out. */
export interface Picture {
  /** Empty when there is nothing to draw. */
  readonly source: string;
  readonly leftOut: number;
}

/** Draws the graph; what is unchanged is left out first. */
export function pictureOf(graph: Graph): Picture {
  const ranks = ranksOf(graph);
  const ranked = graph.nodes.toSorted((left, right) => ranks.get(left.key)! - ranks.get(right.key)!);
  for (let count = Math.min(ranked.length, mostNodes); count > 0; count--) {
    const kept = new Set(ranked.slice(0, count).map(({ key }) => key));
    const source = draw(graph, kept);
    if (source.length <= characterLimit) return { source, leftOut: ranked.length - count };
  }
  return { source: "", leftOut: ranked.length };
}

/** Changed things first, then what they touch, then the rest; by the nodes' keys. */
function ranksOf({ nodes, edges }: Graph): Map<string, number> {
  const ranks = new Map(nodes.map(({ key, state }) => [key, isChanged(state) ? 0 : 2]));
  for (const { from, to } of edges) {
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const)
      if (ranks.get(one) === 0 && ranks.get(other) === 2) ranks.set(other, 1);
  }
  return ranks;
}

function isChanged(state: GraphNode["state"]): boolean {
  return state !== "unchanged" && state !== "outside";
}

const shapes: Record<GraphNode["kind"], readonly [string, string]> = {
  instance: ["[(", ")]"],
  project: ["[(", ")]"],
  branch: ["[(", ")]"],
  database: ["[(", ")]"],
  catalog: ["[", "]"],
  pipeline: ["{{", "}}"],
  "synced-table": ["[", "]"],
  app: ["([", "])"],
};

const styles: Record<string, string> = {
  create: "fill:#d4f8d4,stroke:#1a7f37,color:#000",
  update: "fill:#fff3c4,stroke:#9a6700,color:#000",
  replace: "fill:#ffd7d5,stroke:#cf222e,color:#000,stroke-width:3px",
  delete: "fill:#ffd7d5,stroke:#cf222e,color:#000,stroke-dasharray:4",
  forget: "fill:#eee,stroke:#666,color:#000,stroke-dasharray:4",
  import: "fill:#d4f8d4,stroke:#1a7f37,color:#000",
};

function draw(graph: Graph, kept: ReadonlySet<string>): string {
  const nodes = graph.nodes.filter(({ key }) => kept.has(key));
  const ids = new Map(nodes.map(({ key }, index) => [key, `n${index}`]));
  const used = [...new Set(nodes.map(({ state }) => state))].filter((state) => state in styles).sort();
  const lines = [
    "flowchart LR",
    ...nodes.map(
      (node) =>
        `${ids.get(node.key)}${boxed(node)}${node.state in styles ? `:::${classOf(node.state)}` : ""}`,
    ),
    ...graph.edges
      .filter(({ from, to }) => kept.has(from) && kept.has(to))
      .map(({ from, to }) => `${ids.get(from)} --> ${ids.get(to)}`),
    ...used.map((state) => `classDef ${classOf(state)} ${styles[state]}`),
  ];
  return lines.join("\n");
}

/** `import` and the like are words of the chart's own language. */
function classOf(state: string): string {
  return `is-${state}`;
}

function boxed({ kind, label, state }: GraphNode): string {
  const [open, close] = shapes[kind];
  // Said in words too: a colour alone is not for everybody.
  const suffix = isChanged(state) ? ` (${operationInWords[state as keyof typeof operationInWords]})` : "";
  const words = `${kind.replace("-", " ")}: ${shortened(label, longestLabel)}${suffix}`;
  return `${open}"${escaped(words)}"${close}`;
}

/** The chart's own entity codes; backquotes would start Markdown inside a label. */
function escaped(text: string): string {
  return text
    .replaceAll("#", "#35;")
    .replaceAll('"', "#quot;")
    .replaceAll("<", "#lt;")
    .replaceAll(">", "#gt;")
    .replaceAll("`", "'")
    .replaceAll("\\", "#92;");
}
