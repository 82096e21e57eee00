// A status for people at a terminal: a verdict, a table for each kind, and below it what is to be done.
import type { InstanceStatus, Part, StackStatus, SyncedTableStatus, VerificationStatus } from "../types.ts";
import { type Style, shown, styleOf } from "./style.ts";
import { type Column, renderTable, wrap } from "./table.ts";
import { ago, count, duration, syncState } from "./words.ts";

/** How it is shown. */
export interface TextOptions {
  /** Columns of the terminal; undefined where there is none. */
  readonly width?: number | undefined;
  readonly colour?: boolean;
}

/** The text, ending with a newline. */
export function renderStatus(status: StackStatus, { width, colour = false }: TextOptions = {}): string {
  const style = styleOf(colour);
  const layout = { width, style };
  const lines = [
    ...heading(status, layout),
    ...section("Instances", instanceColumns, status.instances, instanceCells, layout, endpointNotes),
    ...section("Catalogs", catalogColumns, status.catalogs, catalogCells, layout),
    ...section("Synced tables", tableColumns, status.syncedTables, tableCells, layout),
    ...section(
      "Verification",
      checkColumns,
      status.verifications,
      (check) => checkCells(check, status),
      layout,
      stageNotes,
    ),
    ...sessionLines(status, layout),
    ...findings(status, layout),
  ];
  return `${lines.join("\n")}\n`;
}

interface Layout {
  readonly width: number | undefined;
  readonly style: Style;
}

const verdicts = {
  well: "ALL WELL",
  changing: "CHANGING",
  drifted: "DRIFTED",
  failed: "NEEDS ATTENTION",
} as const;

function heading(status: StackStatus, { width, style }: Layout): string[] {
  const { stack, verdict, workspaces, takenAt } = status;
  const deployed =
    stack.deployedAt === undefined ? "" : ` · deployed ${ago(stack.deployedAt, Date.parse(takenAt))}`;
  const where = workspaces.length === 0 ? "" : ` · ${workspaces.join(", ")}`;
  const title = `${style.mark(verdict)} ${style.level(verdict, verdicts[verdict])}`;
  const about = `  stack ${stack.name} of ${stack.project}${where}${deployed} · ${takenAt.slice(0, 19).replace("T", " ")} UTC`;
  return [title, ...wrap(about.trimStart(), width, "  ", "  ").map(style.dim)];
}

function section<T extends Part>(
  title: string,
  columns: readonly Column[],
  parts: readonly T[],
  cells: (part: T) => string[],
  layout: Layout,
  notes: (part: T) => string[] = () => [],
): string[] {
  if (parts.length === 0) return [];
  const rows = parts.map((part) => ({
    mark: layout.style.mark(part.level),
    cells: cells(part),
    notes: notes(part),
  }));
  return ["", layout.style.strong(title), ...renderTable(columns, rows, layout)];
}

const instanceColumns: Column[] = [
  { title: "name" },
  { title: "state" },
  { title: "capacity", expendable: 1 },
  { title: "nodes", align: "right", expendable: 2 },
  { title: "recovery", expendable: 3 },
];

function instanceCells(instance: InstanceStatus): string[] {
  const { name, state, pending, capacity, nodes, retentionDays } = instance;
  return [
    name,
    pending === undefined ? state : `${state} → ${pending}`,
    capacity ?? "",
    nodes === undefined ? "" : String(nodes),
    retentionDays === undefined ? "" : count(retentionDays, "day"),
  ];
}

function endpointNotes({ endpoints: { readWrite, readOnly } }: InstanceStatus): string[] {
  return [
    ...(readWrite === undefined ? [] : [readWrite]),
    ...(readOnly === undefined ? [] : [`${readOnly} (read-only)`]),
  ];
}

const catalogColumns: Column[] = [{ title: "name" }, { title: "state" }, { title: "database" }];

function catalogCells({ name, state, instance, database }: StackStatus["catalogs"][number]): string[] {
  return [name, state, instance === undefined ? "" : `${instance}/${database}`];
}

const tableColumns: Column[] = [
  { title: "name" },
  { title: "state" },
  { title: "policy", expendable: 2 },
  { title: "last sync" },
  { title: "rows", align: "right", expendable: 1 },
];

function tableCells({ name, state, policy, lagSeconds, rows }: SyncedTableStatus): string[] {
  return [
    name,
    syncState(state),
    policy ?? "",
    lagSeconds === undefined ? "never" : `${duration(lagSeconds)} ago`,
    rows === undefined ? "" : String(rows),
  ];
}

const checkColumns: Column[] = [
  { title: "database" },
  { title: "deployed" },
  { title: "when" },
  { title: "now" },
];

function checkCells(check: VerificationStatus, { takenAt }: StackStatus): string[] {
  const { instance, database, outcome, checkedAt, now } = check;
  return [
    `${instance}/${database}`,
    outcome,
    ago(checkedAt, Date.parse(takenAt)),
    now === undefined
      ? "not looked at"
      : now.failedStage === undefined
        ? now.outcome
        : `failed at ${now.failedStage}`,
  ];
}

/** How long the stages took: now, where it was looked, else at the deployment. */
function stageNotes({ now, stages }: VerificationStatus): string[] {
  const isNow = now !== undefined && now.stages.length > 0;
  const told = isNow ? now.stages : stages;
  const texts = told.map(({ stage, milliseconds }) => `${stage} ${milliseconds} ms`);
  return texts.length === 0 ? [] : [`${isNow ? "now" : "deployed"}: ${texts.join(", ")}`];
}

function sessionLines({ verifications, credentials }: StackStatus, { width, style }: Layout): string[] {
  const known = verifications.flatMap(({ instance, now }) =>
    now?.sessions === undefined ? [] : [{ instance, ...now.sessions }],
  );
  const lines = known.flatMap(({ instance, total, limit, byRole }) => {
    const who = byRole.map(({ role, application, count: number }) =>
      application === "" ? `${role} ${number}` : `${role} (${application}) ${number}`,
    );
    const text = `${instance}: ${total} of ${limit}${who.length === 0 ? "" : `: ${who.join(", ")}`}`;
    return wrap(text, width, "  ", "    ");
  });
  const minted =
    credentials.minted === 0
      ? "none asked for by this look"
      : `${credentials.minted} asked for by this look, none kept`;
  const stored = credentials.inState === 0 ? "none in the state" : `${credentials.inState} IN THE STATE`;
  return [
    ...(lines.length === 0 ? [] : ["", style.strong("Connections"), ...lines]),
    "",
    style.strong("Credentials"),
    ...wrap(`${minted}; ${stored}`, width, "  ", "    "),
  ];
}

function findings(status: StackStatus, { width, style }: Layout): string[] {
  const kinds = [
    ["instance", status.instances],
    ["catalog", status.catalogs],
    ["synced table", status.syncedTables],
    ["check", status.verifications],
  ] as const;
  const of = (lines: (what: string, part: Part) => string[]) =>
    kinds.flatMap(([kind, parts]) =>
      (parts as readonly Part[]).flatMap((part) => lines(`${kind} ${part.name}`, part)),
    );
  const drift = of((what, { drift: found }) =>
    found.map(({ setting, declared, actual }) => `${what}: ${setting} is ${actual}, declared ${declared}`),
  );
  const problems = [
    ...of((what, part) => part.problems.map((problem) => `${what}: ${problem}`)),
    ...stackProblems(status),
  ];
  const unknown = of((what, part) =>
    part.unknown.length === 0 ? [] : [`${what}: ${part.unknown.join(", ")}`],
  );
  const list = (title: string, texts: readonly string[]) =>
    texts.length === 0 ? [] : ["", title, ...texts.flatMap((text) => wrap(text, width, "  ", "    "))];
  const fix = "  `pulumi up --refresh` brings it back; `pulumi preview --refresh` shows what that does";
  return [
    ...list(style.level("failed", "Problems"), problems),
    ...list(style.level("drifted", "Drift"), drift),
    ...(drift.length === 0 ? [] : wrap(fix.trimStart(), width, "  ", "  ").map(style.dim)),
    ...list(style.dim("Not told by the service, so not compared"), unknown).map((line, index) =>
      index < 2 ? line : style.dim(shown(line).replace(/^ ?/, "  ")),
    ),
  ];
}

/** What concerns the stack as a whole. */
function stackProblems({ stack, credentials }: StackStatus): string[] {
  return [
    ...(stack.pendingOperations === 0
      ? []
      : [
          `stack: a deployment was interrupted with ${count(stack.pendingOperations, "operation")} open; fix: \`pulumi refresh\` finds out how they ended`,
        ]),
    ...(credentials.inState === 0
      ? []
      : [
          `stack: the state holds ${count(credentials.inState, "text")} that look like a credential; fix: find the resource that stores it, and rotate it`,
        ]),
  ];
}
