import { type ReactNode, useEffect, useRef, useState } from 'react'

type WhenNearProps = { heightPx: number; children: ReactNode }

/** Holds a chart's place and mounts it when it is about to be seen: mounting many at once stutters. */
export function WhenNear({ heightPx, children }: WhenNearProps) {
  const place = useRef<HTMLDivElement>(null)
  const [near, setNear] = useState(false)
  useEffect(() => {
    if (place.current === null) return undefined
    const observer = new IntersectionObserver(
      (entries) => entries.some(({ isIntersecting }) => isIntersecting) && setNear(true),
      { rootMargin: '300px' },
    )
    observer.observe(place.current)
    return () => observer.disconnect()
  }, [])
  return (
    <div ref={place} style={{ minHeight: heightPx }} className="min-w-0">
      {near && children}
    </div>
  )
}
