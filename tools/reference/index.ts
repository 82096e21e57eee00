// The reference of the package's public items, made from their doc comments.
export type { EntryPoint, Item, Member } from "./model.ts";
export { gapsOf } from "./problems.ts";
export { readEntryPoints } from "./read.ts";
export { pageOf } from "./write.ts";
