// Test runner settings: one process a file, so that servers and clocks of one file never meet another's.
import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** Tests in a real browser: they run by `npm run test:browser`, and with all others where TEST_BROWSER is set. */
export const browserTests = ["test/browser/**/*.browser.ts"];

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts", ...(process.env.TEST_BROWSER ? browserTests : [])],
    globalSetup: ["test/build.ts"],
    setupFiles: ["test/ledger.ts"],
    reporters: ["default", "./test/reporter.ts"],
    // Real servers start in tests; the limit is a net against hangs, no test asserts on time.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // A file of whole stacks takes a processor, and up to 2 GB.
    maxWorkers: Math.min(Math.max(availableParallelism(), 2), 4),
  },
});
