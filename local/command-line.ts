// The options of `npm run local`: read, checked, and every mistake reported at once.
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { type DelayName, delayNames } from "./delays.ts";

/** The options, checked. */
export interface CommandLine {
  data: string;
  port: number;
  postgresPort: number;
  readyFile: string;
  tokenSeconds: number;
  delays: DelayName | number;
  mintedTokens?: string;
  lakehouse?: string;
  user?: string;
  /** Ends when this process, its parent, has ended. */
  parent?: number;
}

/** What came of reading the command line. */
export type Parsed = { options: CommandLine } | { problems: string[] } | { help: string };

const descriptions: Record<string, { value: string; text: string }> = {
  data: { value: "DIR", text: "keeps everything here (.cache/local/data)" },
  port: { value: "N", text: "port of the REST API on 127.0.0.1; 0 takes any free one (8420)" },
  "postgres-port": { value: "N", text: "port of PostgreSQL on 127.0.0.1; 0 takes any free one (54320)" },
  "ready-file": {
    value: "FILE",
    text: "written once it serves, removed at the end (.cache/local/ready.json)",
  },
  "token-seconds": { value: "N", text: "life of every token (3600)" },
  delays: { value: "fast|real|N", text: "duration of state transitions; N in milliseconds (1 to 1.5 s)" },
  "minted-tokens": { value: "FILE", text: "append every token minted, one a line" },
  lakehouse: { value: "DIR", text: "Delta tables to sync from, laid out DIR/catalog/schema/table" },
  parent: { value: "PID", text: "end when this process, which started it, has ended" },
  user: { value: "NAME", text: "the user's name, for a new data directory (developer@example.com)" },
};

const names = Object.keys(descriptions);

/** Help text. */
export const usage: string = [
  "npm run local -- [options]",
  "",
  "Runs a Databricks workspace with Lakebase on this machine, on real PostgreSQL.",
  "",
  ...names.map((name) => {
    const { value = "", text = "" } = descriptions[name] ?? {};
    return `  ${`--${name} ${value}`.padEnd(26)}${text}`;
  }),
].join("\n");

/** Reads the command line. */
export function parseCommandLine(args: readonly string[]): Parsed {
  const known = Object.fromEntries(names.map((name) => [name, { type: "string" as const }]));
  const { values, tokens } = parseArgs({
    args: [...args],
    options: { ...known, help: { type: "boolean", short: "h" } },
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  if (values.help) return { help: usage };
  const problems: string[] = [];
  const given = new Map<string, string>();
  for (const token of tokens) {
    if (token.kind === "positional") {
      problems.push(
        `unexpected argument ${JSON.stringify(token.value)}: every option is written as --name value`,
      );
    } else if (token.kind === "option") {
      if (!names.includes(token.name)) {
        problems.push(
          `unknown option ${token.rawName}; known are ${names.map((name) => `--${name}`).join(", ")}`,
        );
      } else if (token.value === undefined || token.value === "") {
        problems.push(`--${token.name} needs a value: --${token.name} ${descriptions[token.name]?.value}`);
      } else given.set(token.name, token.value);
    }
  }
  const options = readOptions(given, problems);
  return problems.length > 0 ? { problems } : { options };
}

function readOptions(given: ReadonlyMap<string, string>, problems: string[]): CommandLine {
  const whole = (name: string, fallback: number, minimum: number, maximum: number): number => {
    const text = given.get(name);
    if (text === undefined) return fallback;
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= minimum && value <= maximum) return value;
    problems.push(
      `--${name} must be a whole number from ${minimum} to ${maximum}, not ${JSON.stringify(text)}`,
    );
    return fallback;
  };
  const port = whole("port", 8420, 0, 65_535);
  const postgresPort = whole("postgres-port", 54_320, 0, 65_535);
  if (port === postgresPort && port !== 0) {
    problems.push(`--port and --postgres-port are both ${port}; give two different ports`);
  }
  const mintedTokens = given.get("minted-tokens");
  const lakehouse = given.get("lakehouse");
  if (lakehouse !== undefined && !existsSync(lakehouse)) {
    problems.push(`--lakehouse must be a folder that exists, not ${JSON.stringify(lakehouse)}`);
  }
  const user = given.get("user");
  if (user !== undefined && (!/^\S+$/.test(user) || Buffer.byteLength(user) > 63)) {
    problems.push(
      `--user must be 1 to 63 bytes without spaces, as it is a database user as well, not ${JSON.stringify(user)}`,
    );
  }
  return {
    data: given.get("data") ?? ".cache/local/data",
    port,
    postgresPort,
    readyFile: given.get("ready-file") ?? ".cache/local/ready.json",
    tokenSeconds: whole("token-seconds", 3600, 1, 31_536_000),
    delays: readDelays(given.get("delays"), problems),
    ...(mintedTokens === undefined ? {} : { mintedTokens }),
    ...(lakehouse === undefined ? {} : { lakehouse }),
    ...(user === undefined ? {} : { user }),
    ...(given.has("parent") ? { parent: whole("parent", 1, 1, 2 ** 31 - 1) } : {}),
  };
}

function readDelays(text: string | undefined, problems: string[]): DelayName | number {
  if (text === undefined) return "default";
  if (delayNames.includes(text as DelayName)) return text as DelayName;
  if (/^\d{1,7}$/.test(text)) return Number(text);
  problems.push(
    `--delays must be ${delayNames.join(", ")} or a number of milliseconds, not ${JSON.stringify(text)}`,
  );
  return "default";
}
