// The page of all error texts.
import { errorsOf } from "./errors.ts";

const rooms: readonly (readonly [string, string, string])[] = [
  [
    "lakebase/rules",
    "Arguments and settings",
    "Told together, before anything is sent, each with its path and value.",
  ],
  ["components", "Programs", "Told while the program runs, in a preview already."],
  ["lakebase/provider", "Previews and deployments", "Told by the dynamic resources."],
  ["lakebase/access", "Access to a database", "Told when roles and grants are brought about."],
  ["lakebase/synced-table", "Indexes of synced tables", "Told when indexes are made."],
  [
    "lakebase/app-source",
    "An app's source folder",
    "Told in a preview and by `pulumi-lakebase app-yaml --check`.",
  ],
  [
    "lakebase/connection",
    "Connecting",
    "Told with the stage that failed, by the check, the client and the access.",
  ],
  ["lakebase/workspace", "The workspace's REST API", "Told with method and path."],
  ["client", "The client", "Told when a pool is made."],
  ["bin", "The command `pulumi-lakebase`", "Told with exit code 1 or 2."],
];

/** The page: every error by the room that tells it, to be searched for a part of what was printed. */
export function errorsPage(): string {
  const sections = rooms.map(([folder, title, when]) => {
    const rows = errorsOf(folder).map(
      ({ message, fix, source }) =>
        `| ${cell(message)} | ${cell(fix === "" ? "as it says" : fix)} | [${source.split("/").at(-1)}](../../${source}) |`,
    );
    return `## ${title}\n\n${when}\n\n| says | to fix | from |\n|---|---|---|\n${rows.join("\n")}`;
  });
  return `# Error texts

<!-- Generated from the source by tools/reference.ts. -->

Every error that the product tells a user; \`…\` stands for what differs each time. Look here for a part of what you
see; [troubleshooting.md](../guide/troubleshooting.md) tells more about the frequent ones.

${sections.join("\n\n")}
`;
}

/** Angle brackets and pipes would be read as Markdown. */
function cell(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .trim()
    .replaceAll("|", "\\|")
    .replaceAll("<", "&lt;")
    .replaceAll("*", "\\*")
    .replaceAll("_", "\\_");
}
