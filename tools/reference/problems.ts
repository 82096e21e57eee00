// What the reference would leave open: items without a comment, arguments without default or effect of a change.
import type { EntryPoint, Item, Member } from "./model.ts";
import { saysWhatItCounts } from "./units.ts";

/** Says of all members of a type what a change of them does. */
const changeOfAll =
  /\ba change of (any|each)\b|\bchanges? (none|each|any|every|all) of\b|every member is changed/i;
/** Says of all members of a type what holds without them. */
const fallbackOfAll = /\bA member that is left out\b/;

/**
 * Every gap, one sentence each.
 *
 * @param members whether members need comments of their own; those of the lower layers mostly are what their names say
 */
export function gapsOf({ specifier, items }: EntryPoint, members: boolean): string[] {
  return items.flatMap((item) => {
    const where = `${specifier} ${item.name}`;
    const tellsErrors = item.comment.errors.length > 0 || /\bthrows\b/i.test(item.comment.text);
    return [
      ...(item.comment.text === "" ? [`${where}: has no doc comment`] : []),
      ...(item.throws && !tellsErrors ? [`${where}: throws, and its comment does not say what`] : []),
      ...(members ? item.members.flatMap((member) => gapsOfMember(member, where)) : []),
      ...(item.kind === "interface" && /Args$/.test(item.name) ? gapsOfArguments(item, where) : []),
    ];
  });
}

function gapsOfMember({ name, type, comment }: Member, where: string): string[] {
  const isNumber = /^((Input|Output)<)?number\b/.test(type);
  return [
    ...(comment.text === "" ? [`${where}.${name}: has no doc comment`] : []),
    ...(isNumber && !saysWhatItCounts(name, comment.text)
      ? [`${where}.${name}: the comment does not say what the number counts`]
      : []),
  ];
}

function gapsOfArguments({ comment, members }: Item, where: string): string[] {
  const ofAll = `${comment.text} ${comment.change}`;
  return members.flatMap(({ name, optional, comment: { fallback, change } }) => [
    ...(optional && fallback === "" && !fallbackOfAll.test(ofAll)
      ? [`${where}.${name}: the comment does not say its default`]
      : []),
    ...(change === "" && !changeOfAll.test(ofAll)
      ? [`${where}.${name}: the comment does not say what a change does`]
      : []),
  ]);
}
