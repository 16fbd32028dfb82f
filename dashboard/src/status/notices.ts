import type { Status } from '@aftermath/schemas/api/status'
import { formatLag } from '../format/duration.ts'
import { formatShare } from '../format/number.ts'
import { t } from '../strings/status.ts'

/** Beyond this the pages show a past that senders left behind. */
export const lagSecondsMax = 60
/** Less than this is free: intake will stop before long. */
const freeShareMin = 0.1

export type Notice = { code: string; sentence: string; remedy: string | undefined }

/** What is wrong and what to do about it: what the server says, and what its figures say. */
export function noticesOf(status: Status): Notice[] {
  const { disk, engine, journal, lagSeconds, problems, shed } = status
  const freeShare = disk.freeBytes / Math.max(1, disk.totalBytes)
  const brokenParts = engine.load?.brokenParts ?? 0
  const said = new Set(problems.map(({ code }) => code))
  const own: [boolean, string, string][] = [
    [lagSeconds > lagSecondsMax && engine.up, 'lag', t.notice.lag(formatLag(lagSeconds))],
    [
      freeShare < freeShareMin && !said.has('disk_full'),
      'disk_low',
      t.notice.disk_low(formatShare(freeShare)),
    ],
    [brokenParts > 0, 'broken_parts', t.notice.broken_parts(brokenParts)],
    [journal.damagedRecords > 0, 'damaged', t.notice.damaged(journal.damagedRecords)],
    [shed.length > 0, 'shed', t.notice.shed(shed.join(', '))],
  ]
  return [
    ...problems.map(({ code, sentence }) => ({ code, sentence, remedy: t.remedy[code] })),
    ...own
      .filter(([holds]) => holds)
      .map(([, code, sentence]) => ({ code, sentence, remedy: t.remedy[code] })),
  ]
}
