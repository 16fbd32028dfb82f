// Stands in for the collector: ends in order when asked to or left alone, and says why.
import { appendFileSync } from 'node:fs'

const [report] = process.argv.slice(2)
const say = (what) => appendFileSync(report, `${what}\n`)

for (const why of ['SIGINT', 'SIGTERM', 'disconnect']) {
  process.on(why, () => {
    say(why)
    // A moment for a second signal, which must not come.
    setTimeout(() => process.exit(7), 200)
  })
}
say(`up ${process.pid}`)
