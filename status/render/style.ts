// Colours of a terminal, or none; and what may stand in a terminal at all.
import { styleText } from "node:util";
import type { Level } from "../types.ts";

/** How texts are marked. */
export interface Style {
  /** A sign and a colour for a level; each level has a sign of its own, so that colour is never all that tells. */
  mark(level: Level): string;
  level(level: Level, text: string): string;
  strong(text: string): string;
  dim(text: string): string;
}

const signs: Record<Level, string> = { well: "✓", changing: "~", drifted: "!", failed: "✗" };
const colours = { well: "green", changing: "cyan", drifted: "yellow", failed: "red" } as const;

/** With colours or without. */
export function styleOf(colour: boolean): Style {
  const paint = (format: Parameters<typeof styleText>[0], text: string) =>
    colour ? styleText(format, text, { validateStream: false }) : text;
  return {
    mark: (level) => paint(colours[level], signs[level]),
    level: (level, text) => paint(["bold", colours[level]], text),
    strong: (text) => paint("bold", text),
    dim: (text) => paint("dim", text),
  };
}

/** The text in one line without anything that a terminal takes for a command: names and messages come from outside. */
export function shown(text: string): string {
  return text.replace(/\s+/g, " ").replace(/\p{Cc}|\p{Cf}/gu, "�");
}
