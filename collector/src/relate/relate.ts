/** What a row says about the operation, the release and the outcome it belongs to. */
export { operationOf } from './operation.ts'
export { environmentOf, versionOf } from './release-of.ts'
export type { SpanRow } from './span-row.ts'
