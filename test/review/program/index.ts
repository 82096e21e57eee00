// Declares what one scenario says, in the phase that the recorder asks for.
import { scenarios } from "../scenarios/index.ts";

const { REVIEW_SCENARIO: name = "", REVIEW_PHASE: phase = "" } = process.env;
const scenario = scenarios[name];
if (scenario === undefined) throw new Error(`no scenario is named "${name}"`);
if (phase === "before") scenario.before?.();
else scenario.after();
