// What connecting to Lakebase offers; the driver `pg` is loaded only when something is dialled.
export { type Connected, connect, verifyConnectivity } from "./connect.ts";
export { mintCredential } from "./credential.ts";
export { diagnoseDatabase } from "./diagnose-database.ts";
export { diagnoseConnect, diagnoseResolve, diagnoseTls } from "./diagnose-network.ts";
export { hangUp } from "./dial.ts";
export { ConnectionProblem, type ConnectionTarget, type Diagnosis, type RetryAdvice } from "./problem.ts";
export {
  type Address,
  isLoopbackName,
  ResolutionError,
  type ResolveDeps,
  type ResolvedHost,
  type ResolvedVia,
  type ResolveOptions,
  resolveHost,
} from "./resolve.ts";
export { loadTrust } from "./trust.ts";
export {
  type ConnectionDeps,
  type ConnectionFacts,
  type ConnectionRequest,
  type ConnectionStage,
  type ConnectivityReport,
  type ConnectivityRequest,
  connectionStages,
  type InstanceFacts,
  type StageTiming,
  type StoppedConnectivity,
  type VerifiedConnectivity,
} from "./types.ts";
