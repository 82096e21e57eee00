// `npm run test:browser`: the tests that need a browser, and nothing else.
import { defineConfig, mergeConfig } from "vitest/config";
import base, { browserTests } from "./vitest.config.ts";

export default mergeConfig(
  { ...base, test: { ...base.test, include: [] } },
  defineConfig({
    test: { include: browserTests, globalSetup: ["test/browser/support/require-chromium.ts"] },
  }),
);
