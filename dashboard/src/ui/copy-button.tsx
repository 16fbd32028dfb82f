import { Check, Copy } from 'lucide-react'
import { useState } from 'react'
import { t } from '../strings/en.ts'
import { Button } from './button.tsx'
import { copyText } from './copy-text.ts'

/** Copies a text and says so for two seconds. */
export function CopyButton({ text, label = t.action.copy }: { text: string; label?: string }) {
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    await copyText(text)
    setCopied(true)
    setTimeout(() => setCopied(false), 2000)
  }
  return (
    <Button onClick={() => void copy()} className="min-h-7 text-dense">
      {copied ? <Check aria-hidden size={14} /> : <Copy aria-hidden size={14} />}
      <span aria-live="polite">{copied ? t.action.copied : label}</span>
    </Button>
  )
}
