// Every hazard rule, and running them over a preview.
export { findHazards, type HazardRules, type Hazards, hazardRules } from "./find.ts";
export { type Finding, type Severity, severities, type Topic } from "./types.ts";
