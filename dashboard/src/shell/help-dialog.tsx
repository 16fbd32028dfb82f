import { X } from 'lucide-react'
import { type RefObject, useState } from 'react'
import { t } from '../strings/en.ts'
import { IconButton } from '../ui/button.tsx'
import { keysAreOn, saveKeysOn } from './use-keys.ts'

/** Which keys do what, and the switch that turns single keys off. */
export function HelpDialog({ dialog }: { dialog: RefObject<HTMLDialogElement | null> }) {
  const [on, setOn] = useState(() => keysAreOn(document.cookie))
  const change = () => {
    saveKeysOn(!on)
    setOn(!on)
  }
  return (
    <dialog
      ref={dialog}
      aria-labelledby="help-title"
      className="w-[440px] max-w-[calc(100vw-2rem)] rounded-panel border border-hairline bg-bg p-5"
      onClick={(event) => event.target === dialog.current && dialog.current.close()}
    >
      <div className="mb-3 flex items-center justify-between">
        <h2 id="help-title" className="text-lead font-semibold">
          {t.help.title}
        </h2>
        <IconButton label={t.action.close} onClick={() => dialog.current?.close()}>
          <X aria-hidden size={18} />
        </IconButton>
      </div>
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-6 gap-y-2">
        {t.help.keys.map(([keys, meaning]) => (
          <div key={keys} className="contents">
            <dt className="flex gap-1">
              {keys.split(' ').map((key) => (
                <kbd
                  key={key}
                  className="inline-flex h-6 min-w-6 items-center justify-center rounded border border-line px-1.5 font-mono text-dense"
                >
                  {key}
                </kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <label className="mt-4 flex min-h-8 items-center gap-2 border-t border-hairline pt-3">
        <input type="checkbox" checked={on} onChange={change} className="size-4" />
        {t.help.singleKeys}
      </label>
    </dialog>
  )
}
