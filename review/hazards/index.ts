// Every hazard rule, and running them over a preview.
export { findHazards, type Hazards, type HazardRules, hazardRules } from "./find.ts";
export { type Finding, type Severity, severities, type Topic } from "./types.ts";
