import { WifiOff } from 'lucide-react'
import { useSyncExternalStore } from 'react'
import { t } from '../strings/en.ts'

/** Says that this browser has no network; what was loaded stays. */
export function OfflineBanner() {
  const online = useSyncExternalStore(subscribe, () => navigator.onLine)
  if (online) return null
  return (
    <div
      role="status"
      className="flex items-center gap-2 bg-text px-4 py-2 text-bg sm:px-6 lg:px-8"
    >
      <WifiOff aria-hidden size={16} className="shrink-0" />
      {t.state.offline}
    </div>
  )
}

function subscribe(onChange: () => void): () => void {
  addEventListener('online', onChange)
  addEventListener('offline', onChange)
  return () => {
    removeEventListener('online', onChange)
    removeEventListener('offline', onChange)
  }
}
