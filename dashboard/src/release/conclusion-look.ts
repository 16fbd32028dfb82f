import type { Conclusion } from '@aftermath/schemas/verdict'
import { t } from '../strings/en.ts'

const classes: Record<Conclusion, string> = {
  worse: 'text-roll-back',
  better: 'text-ship',
  no_change: 'text-text',
  unknown: 'font-normal text-muted',
}

/** Word and colour of a conclusion; one this page does not know yet is shown as it came. */
export function conclusionLook(conclusion: string): { word: string; className: string } {
  return isConclusion(conclusion)
    ? { word: t.conclusion[conclusion], className: classes[conclusion] }
    : { word: conclusion, className: classes.unknown }
}

const isConclusion = (text: string): text is Conclusion => Object.hasOwn(classes, text)
