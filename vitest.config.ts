import { defineConfig } from 'vitest/config'

// Each project is a promise about what its files need: `unit` nothing, `golden` reference values, `notebook` the
// real kernel, `oracle` the Python peers (skipped, and said so, where MEDTUNE_PYTHON is not set), `browser` Chromium.
const project = (name: string, include: string[], exclude: string[] = []) => ({
  extends: true as const,
  test: { name, include, exclude: ['**/node_modules/**', 'dist/**', ...exclude] },
})

const report = process.env.MEDTUNE_TEST_REPORT

export default defineConfig({
  test: {
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    globalSetup: ['vitest.setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      project(
        'unit',
        ['src/**/*.test.ts', 'kernels/**/*.test.ts'],
        ['**/*.{golden,notebook,oracle,browser}.test.ts'],
      ),
      project('golden', ['src/**/*.golden.test.ts']),
      project('notebook', ['src/**/*.notebook.test.ts', 'kernels/**/*.notebook.test.ts']),
      project('oracle', ['src/**/*.oracle.test.ts']),
      project('browser', ['src/**/*.browser.test.ts']),
    ],
  },
})
