export type DroppedValue = { name: string; value: string }

/**
 * Bad values of an address that were left out, until the notice about them is closed. The router
 * reads addresses outside React, so this is a small store rather than a state.
 */
export function createDroppedValues() {
  let values: readonly DroppedValue[] = []
  const listeners = new Set<() => void>()
  const set = (next: readonly DroppedValue[]) => {
    values = next
    // The router may read an address while React renders.
    queueMicrotask(() => listeners.forEach((listen) => listen()))
  }
  return {
    current: () => values,
    add: (dropped: readonly DroppedValue[]) => {
      const isNew = (one: DroppedValue) =>
        !values.some(({ name, value }) => name === one.name && value === one.value)
      const added = dropped.filter(isNew)
      if (added.length > 0) set([...values, ...added])
    },
    clear: () => set([]),
    subscribe: (listen: () => void) => {
      listeners.add(listen)
      return () => void listeners.delete(listen)
    },
  }
}
export type DroppedValues = ReturnType<typeof createDroppedValues>
