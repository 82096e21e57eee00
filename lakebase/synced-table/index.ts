// What a synced table needs in PostgreSQL beyond its rows.
export { applyIndexes, IndexProblem, type IndexRequest, missingIndexes } from "./indexes.ts";
export { createIndexStatement, dropIndexStatement, postgresNameOf } from "./statements.ts";
