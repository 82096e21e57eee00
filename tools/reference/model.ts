// What the reference knows of a public item: read from its declaration and its doc comment.

/** A doc comment, its sentences sorted by what they tell. */
export interface Comment {
  /** What it is, in Markdown. */
  readonly text: string;
  /** What holds when it is left out; empty when the comment does not say. */
  readonly fallback: string;
  /** What a change of it does: in place, or a replacement; empty when the comment does not say. */
  readonly change: string;
  /** Errors, one a `@throws`. */
  readonly errors: readonly string[];
}

/** A member of an object, an output of a component, or an argument. */
export interface Member {
  readonly name: string;
  readonly type: string;
  readonly optional: boolean;
  /** What a number counts; empty for other types. */
  readonly unit: string;
  readonly comment: Comment;
}

/** What kind of item an entry point exports. */
export type ItemKind = "component" | "class" | "interface" | "type" | "function" | "constant";

/** An exported item. */
export interface Item {
  readonly name: string;
  readonly kind: ItemKind;
  /** The declaration without its body; empty where the members say it all. */
  readonly signature: string;
  readonly comment: Comment;
  readonly members: readonly Member[];
  /** Types whose members it has as well. */
  readonly inherits: readonly string[];
  /** File of the declaration, relative to the project. */
  readonly source: string;
  /** Whether its own body throws. */
  readonly throws: boolean;
}

/** A module that programs import. */
export interface EntryPoint {
  /** As an import writes it. */
  readonly specifier: string;
  /** What it is for: the first comment of its file. */
  readonly purpose: string;
  readonly items: readonly Item[];
}
