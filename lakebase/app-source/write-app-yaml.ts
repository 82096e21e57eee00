// Writes a correct app.yaml, or mends an existing one without touching the rest of it or its comments.
import { type Document, isMap, isSeq, parseDocument, Scalar, type YAMLMap } from "yaml";
import { databaseVariable, instanceVariable } from "../rules/index.ts";

/** What is to stand in the file. */
export interface AppYaml {
  instanceName: string;
  databaseName: string;
  /** Written where the file has none; left out, the platform chooses. */
  command?: readonly string[];
}

/**
 * The text of an app.yaml.
 *
 * @param existing text of the file that is there; it must be YAML, and a mapping if it is anything
 */
export function writeAppYaml({ instanceName, databaseName, command }: AppYaml, existing = ""): string {
  const document: Document = parseDocument(existing);
  if (!isMap(document.contents)) document.contents = document.createNode({}) as unknown as YAMLMap;
  if (command !== undefined && !document.has("command")) {
    const list = document.createNode(command.map(quoted));
    list.flow = true;
    document.set("command", list);
  }
  setVariable(document, instanceVariable, instanceName);
  setVariable(document, databaseVariable, databaseName);
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

function setVariable(document: Document, name: string, value: string): void {
  if (!isSeq(document.get("env"))) document.set("env", document.createNode([]));
  const env = document.get("env");
  if (!isSeq(env)) return;
  const item = env.items.find((candidate) => isMap(candidate) && candidate.get("name") === name);
  if (isMap(item)) {
    if (item.get("value") !== value) item.set("value", quoted(value));
    item.delete("valueFrom");
  } else env.add(document.createNode({ name, value: quoted(value) }));
}

/** In quotes, as YAML 1.1 takes more words than 1.2 for something else than texts, such as `no`. */
function quoted(text: string): Scalar {
  const scalar = new Scalar(text);
  scalar.type = Scalar.QUOTE_DOUBLE;
  return scalar;
}
