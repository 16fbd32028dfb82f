/** What came with the page: the answer to its first request, under the path it would ask. */
type Boot = { path: string; answer: unknown }

/** Later, what came with the page is no longer what an answer would be. */
const freshMs = 10_000

/**
 * The answer that came with the page for this path, once.
 *
 * @returns undefined where the page came without it, or it is too old
 */
export function takeBoot(path: string): unknown {
  const element = document.querySelector('#boot')
  if (element === null) return undefined
  const boot = parseBoot(element.textContent)
  if (boot?.path !== path) return undefined
  element.remove()
  return performance.now() < freshMs ? boot.answer : undefined
}

function parseBoot(text: string): Boot | undefined {
  try {
    return JSON.parse(text) as Boot // written by the server that wrote this page
  } catch {
    return undefined
  }
}
