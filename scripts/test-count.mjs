/**
 * How many tests passed and failed. A file that cannot be loaded has no tests, and an error outside
 * any test fails none: such a run counts one failure all the same.
 *
 * @param {{ report: { numPassedTests: number, numFailedTests: number } | undefined, code: number }} run
 *   vitest's JSON report, if it wrote one, and its exit code
 */
export function countTests({ report, code }) {
  const passed = report?.numPassedTests ?? 0
  const failed = report?.numFailedTests ?? 0
  return { passed, failed: failed === 0 && code !== 0 ? 1 : failed }
}
