import { readFileSync } from 'node:fs'

const lookEveryMs = 500

/**
 * Calls `onGone` when the npm that started us is gone without a word, as after a kill -9. Where no
 * npm started us nothing is watched: a shell may leave its children running.
 *
 * @param {() => void} onGone
 */
export function watchNpm(onGone) {
  if (process.env.npm_lifecycle_event === undefined) return
  const parent = process.ppid
  const grandparent = shellParent(parent) // some shells stay between npm and us
  const timer = setInterval(() => {
    const gone =
      process.ppid !== parent || (grandparent !== undefined && readParent(parent) !== grandparent)
    if (!gone) return
    clearInterval(timer)
    onGone()
  }, lookEveryMs)
  timer.unref()
}

function shellParent(pid) {
  try {
    const name = readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
    return /^(?:ba|da|a|z)?sh$/.test(name) ? readParent(pid) : undefined
  } catch {
    return undefined // no /proc: such systems' shells leave no process between
  }
}

function readParent(pid) {
  try {
    return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  } catch {
    return undefined
  }
}
