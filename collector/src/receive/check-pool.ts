import { checkBody, type BodyToCheck, type CheckedBody } from './check-body.ts'

/** Where bodies are inflated and checked. */
export interface CheckPool extends AsyncDisposable {
  /** The body is given away. @throws Refusal when nothing of it can be kept */
  check(body: BodyToCheck): Promise<CheckedBody>
}

export function openCheckPool(): CheckPool {
  return {
    // oxlint-disable-next-line require-await
    async check(body) {
      return checkBody(body)
    },
    async [Symbol.asyncDispose]() {},
  }
}
