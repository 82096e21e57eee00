// What access to a database offers: plan it, bring it about, look at it.
export { type AccessRequest, type AccessResult, applyAccess, inspectAccess } from "./apply.ts";
export { quoteIdentifier, quoteQualified, quoteRole, UnsafeName } from "./identifiers.ts";
export {
  type DesiredGrant,
  type DesiredPrincipal,
  describeGrant,
  type Grant,
  type GrantGroup,
  type GrantKind,
  groupGrants,
  keyOf,
  ungroupGrants,
} from "./model.ts";
export {
  type AccessPlan,
  type AccessRecord,
  describeDrift,
  describeGroup,
  nothingRecorded,
  planAccess,
} from "./plan.ts";
export { AccessProblem } from "./problem.ts";
export type { Relation, Scope, Snapshot } from "./snapshot.ts";
export { grantStatements, revokeStatements, type Statement } from "./statements.ts";
