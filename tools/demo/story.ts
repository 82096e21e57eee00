// The demo's words: what each step is, what happened, what is where, what to try next.
import { elapsed } from "../support/index.ts";

/** Says a step's title on a line of its own, numbered. */
export function createNarrator(write: (text: string) => void, total: number): (title: string) => void {
  let number = 0;
  return (title) => write(`\n\u2500\u2500 ${++number}/${total}  ${title}\n`);
}

/** What the summary tells about. */
export interface Story {
  readonly milliseconds: number;
  readonly orders: number;
  /** Rows of the synced table, before and after its source was changed. */
  readonly revenue: { readonly before: number; readonly after: number };
  readonly user: string;
  readonly server: string;
  readonly host: string;
  readonly standIn: boolean;
  /** Set when everything is left running. */
  readonly kept?: { readonly folder: string; readonly environmentFile: string; readonly configFile: string };
}

/** The closing text. */
export function summary(story: Story): string {
  const plugin = story.standIn
    ? "the databricks plugin was the project's stand-in; with a network the official one is used"
    : "the databricks plugin was the official one";
  return `
What happened, in ${elapsed(story.milliseconds)}
  - a local Databricks workspace was started, and \`pulumi up\` deployed a Lakebase instance to it: ${story.server}
  - the deployment proved itself: credential, name resolution, TLS, login as ${story.user}, a query
  - an application wrote ${story.orders} rows, knowing only the stack's exports; host ${story.host}
  - a Delta table got a new day, and its copy in PostgreSQL went from ${story.revenue.before} rows to ${story.revenue.after}
  - the instance was resized from CU_1 to CU_2, and the application found its ${story.orders} rows again
  - ${plugin}
${story.kept === undefined ? removed() : left(story.kept)}`;
}

function removed(): string {
  return `
What is where
  - the instance was destroyed, the workspace stopped, its data removed; nothing runs any more
  - index.ts declares the stack, Pulumi.dev.yaml holds its settings, tools/demo/app.ts is the application

What to try next
  - npm run demo -- --keep             the same, left running to look around in
  - npm run local                      a local workspace that stays, its data too; then, in another terminal:
      npm run pulumi -- up             deploys the dev stack to it
      npm run pulumi -- stack output lakebase --json
      npm run pulumi -- up -c lakebase:capacity=CU_4
`;
}

function left(kept: NonNullable<Story["kept"]>): string {
  return `
What is where
  - everything runs and lies in ${kept.folder}
    data/ the databases, state/ the stack's state, exports.json its exports, workspace.log what the workspace says
  - index.ts declares the stack, ${kept.configFile} holds its settings, tools/demo/app.ts is the application

What to try next
  . ${kept.environmentFile}     points this shell at it (with a token: keep the file to yourself); then
  pulumi up --config-file ${kept.configFile}
  pulumi up --config-file ${kept.configFile} -c lakebase:capacity=CU_4
  pulumi stack output lakebase --json
  node tools/demo/app.ts ${kept.folder}/exports.json
  npm run demo -- --stop     ends it and removes it
`;
}
