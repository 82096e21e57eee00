// Test runner settings: one process a file, so that servers and clocks of one file never meet another's.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/build.ts"],
    reporters: ["default", "./test/reporter.ts"],
    // Real servers start in tests; the limit is a net against hangs, no test asserts on time.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
