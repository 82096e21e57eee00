// How a resource is described: data only. The core in this folder turns a description into the official behaviour.

/** The type of an attribute. */
export type AttributeType =
  | "boolean"
  | "integer"
  | "number"
  | "string"
  | { list: AttributeType }
  | { object: Attributes };

/** Attributes by their name in Pulumi; the API's name is the same in snake case. */
export type Attributes = Record<string, Attribute>;

/** One attribute. */
export interface Attribute {
  type: AttributeType;
  /** Who gives the value: the program, the server, or the server when the program does not. */
  given: "required" | "optional" | "optional or server" | "server";
  /** A value the program leaves out stays what it was: it never becomes unknown in an update. */
  sticky?: true;
  /** The program's value is kept in the state, whatever the server answers. */
  inputOnly?: true;
  /** Any difference replaces the resource. */
  replaces?: true;
  /** Lives in the state only and is never sent. */
  local?: true;
  /** An empty list of the program is lost when the server answers with none: an update for ever. */
  losesEmptyList?: true;
  description?: string;
}

/** How long a create waits, and for what. */
export interface WaitRule {
  /** The path of the answer's member that holds the state. */
  field: readonly string[];
  ready: readonly string[];
  /** States that end the wait with a failure, with the `message` beside the state. */
  failed?: readonly string[];
  /** Minutes after which the wait gives up; never without. */
  limitMinutes?: number;
  /** For the error: `error waiting for <what>`. */
  what: string;
}

/** One resource of the plugin-framework half. */
export interface ResourceDescription {
  token: string;
  /** Its name in error messages and in the User-Agent. */
  terraformName: string;
  /** Where it is created; one object is at `<collection>/<name>`. */
  collection: string;
  /** The fields every update names, changed or not; without, an update names none and the body says it all. */
  updateMask?: readonly string[];
  /** Query parameters of the create request, each with the attribute it is read from when that is set. */
  createQuery?: Record<string, string>;
  /** Query parameters of the delete request, each with the attribute it is read from when true. */
  deleteQuery?: Record<string, string>;
  wait?: WaitRule;
  attributes: Attributes;
  description: string;
}

/** The workspace a resource belongs to: an attribute of every resource of this half. */
export const PROVIDER_CONFIG: Attribute = {
  type: { object: { workspaceId: { type: "string", given: "optional or server" } } },
  given: "optional or server",
  local: true,
  description: "The workspace the resource belongs to.",
};

/** The resource's attributes with the ones every resource has. */
export function allAttributes(description: ResourceDescription): Attributes {
  return { ...description.attributes, providerConfig: PROVIDER_CONFIG };
}

/** The members of an attribute that is an object, or of the items of one that is a list of objects. */
export function membersOf(type: AttributeType): Attributes | undefined {
  if (typeof type === "string") return undefined;
  return "object" in type ? type.object : membersOf(type.list);
}

/** Whether a program may set the attribute. */
export function isInput(attribute: Attribute): boolean {
  return attribute.given !== "server";
}

/** Whether the server may give the value. */
export function isComputed(attribute: Attribute): boolean {
  return attribute.given === "server" || attribute.given === "optional or server";
}

/** The API's name of an attribute. */
export function apiName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
