// A live look at a stack.
export { changesBetween } from "./changes.ts";
export { type DeclaredStack, NotAStateError, type Place, readStack } from "./declared.ts";
export { type LookOptions, lookAtStack } from "./gather.ts";
export { shown } from "./render/style.ts";
export { renderStatus, type TextOptions } from "./render/text.ts";
export type * from "./types.ts";
