// Environment variables as text: for dotenv files, POSIX shells, programs and app.yaml. Any value survives, or is refused.
import { stringify } from "yaml";
import { databaseVariable, instanceVariable } from "../lakebase/rules/index.ts";
import { CommandError } from "./command.ts";

/** Forms of {@link formatEnvironment}. */
export const environmentFormats = ["dotenv", "shell", "json", "app.yaml"] as const;
/** One of {@link environmentFormats}. */
export type EnvironmentFormat = (typeof environmentFormats)[number];

/** The text, one variable a line where the form has lines. */
export function formatEnvironment(
  variables: Readonly<Record<string, string>>,
  format: EnvironmentFormat,
): string {
  const entries = Object.entries(variables);
  switch (format) {
    case "json":
      return `${JSON.stringify(variables, undefined, 2)}\n`;
    case "shell":
      return entries.map(([name, value]) => `export ${name}=${quoteForShell(name, value)}\n`).join("");
    case "dotenv":
      return entries.map(([name, value]) => `${name}=${quoteForDotenv(name, value)}\n`).join("");
    case "app.yaml": {
      // The rest is injected by the platform from the app's binding.
      const own = entries.filter(([name]) => name === instanceVariable || name === databaseVariable);
      const env = own.map(([name, value]) => ({ name, value }));
      return stringify({ env }, { lineWidth: 0, defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN" });
    }
  }
}

const plain = /^[A-Za-z0-9_@%+:,./-]+$/;

/** Between single quotes a shell takes everything literally but the quote itself. */
function quoteForShell(name: string, value: string): string {
  if (value.includes("\0")) throw unsayable(name, "shell");
  return plain.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}

/**
 * In quotes that the value does not have: the readers of such files disagree about escapes, and agree about this.
 * Dollar signs are expanded by some of them between double quotes.
 */
function quoteForDotenv(name: string, value: string): string {
  if (plain.test(value)) return value;
  const quote = ["'", '"', "`"].find((candidate) => !value.includes(candidate));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  const hasControl = /[\u0000-\u001f\u007f]/.test(value);
  const isExpanded = quote === '"' && /[$\\]/.test(value);
  if (quote === undefined || hasControl || isExpanded) throw unsayable(name, "dotenv");
  return `${quote}${value}${quote}`;
}

function unsayable(name: string, format: EnvironmentFormat): CommandError {
  return new CommandError(
    `env: the value of ${name} has characters that no ${format} file can hold; fix: use --format json`,
  );
}
