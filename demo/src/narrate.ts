import { STORY_MINUTES } from './story.ts'

/** What the demo tells the person who started it, line by line. */
export type Narrator = ReturnType<typeof createNarrator>

type Stage = { app: string; dataDir: string; print: (line: string) => void; now: () => number }

/** The pages that tell the story best, with what is to be seen there. */
const RELEASES = [
  { path: 'checkout/2.4.0', about: 'one operation fails; taken back after an hour' },
  { path: 'storefront/5.1.0', about: 'one operation is slower; half the traffic has it now' },
  { path: 'payments/1.9.0', about: 'a clean replacement' },
]

const HOUR_MS = 3_600_000

const PLOT: Record<number, string> = {
  0: 'storefront 5.0.0, checkout 2.3.0 and payments 1.8.0 serve',
  100: 'payments 1.9.0 replaces 1.8.0',
  150: 'checkout 2.4.0 gets 30 % of the traffic',
  215: 'checkout 2.4.0 is rolled back',
  240: 'storefront 5.1.0 gets half of the traffic',
}

export function createNarrator({ app, dataDir, print, now }: Stage) {
  const startedMs = now()
  const say = (line: string) => print(`demo  ${line}`)
  return {
    opened({ isNew }: { isNew: boolean }) {
      say(isNew ? 'project `demo` made' : 'project `demo` found, its story goes on')
      say('a shop starts: storefront → checkout → payments, each with the OpenTelemetry SDK')
    },
    driving(pastMs: number) {
      if (pastMs > HOUR_MS) {
        say(
          `${(pastMs / HOUR_MS).toFixed(1)} hours of its past are driven through it, by real requests`,
        )
      }
      say(`watch it: ${app}/p/demo`)
    },
    minute(minute: number) {
      const event = PLOT[minute]
      if (event !== undefined) say(`  ${clock(STORY_MINUTES - minute)} ago: ${event}`)
    },
    present(requests: number) {
      const tookS = Math.round((now() - startedMs) / 1000)
      say(
        `${requests.toLocaleString('en-US')} requests later, after ${tookS} s: the present. It goes on live.`,
      )
      for (const { path, about } of RELEASES) say(`  ${app}/p/demo/releases/${path}  ${about}`)
      say('Ctrl-C ends it, the data stays. To remove all of it while Aftermath runs:')
      say(
        `  curl -X DELETE -H "Authorization: Bearer $(cat ${dataDir}/admin-token)" ${app}/api/v1/projects/demo`,
      )
    },
  }
}

function clock(minutes: number): string {
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')}`
}
