import { defineConfig } from 'vitest/config';

/**
 * Suites differ in what they need: `unit` and `store` need nothing but the checkout, `team` the object store that
 * test/team/support/install.mjs installs, `endtoend` and `oracle` the converted base
 * weights, `extension` the VS Code that test/extension/host/install.mjs installs.
 */
const project = (name: string, include: string[], timeoutMs: number) => ({
  test: { name, include, testTimeout: timeoutMs, hookTimeout: timeoutMs },
});

export default defineConfig({
  test: {
    projects: [
      project('unit', ['test/unit/**/*.test.ts'], 20_000),
      project('store', ['test/store/**/*.test.ts'], 180_000),
      project('team', ['test/team/**/*.test.ts'], 60_000),
      project('protocol', ['test/protocol/**/*.test.ts'], 60_000),
      project('endtoend', ['test/endtoend/**/*.test.ts'], 120_000),
      project('extension', ['test/extension/**/*.test.ts'], 120_000),
      project('oracle', ['test/oracle/**/*.test.ts'], 300_000),
    ],
  },
});
