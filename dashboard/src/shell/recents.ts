/** What this browser remembers: never a filter or a range, which would surprise on return. */
export const recents = {
  railCollapsed: () => read('aftermath.rail') === 'collapsed',
  setRailCollapsed: (collapsed: boolean) =>
    write('aftermath.rail', collapsed ? 'collapsed' : 'open'),
  lastProject: () => {
    const slug = read('aftermath.project')
    return slug !== null && /^[a-z][a-z0-9_]{0,39}$/.test(slug) ? slug : 'default'
  },
  /** Who decided last here. */
  name: () => read('aftermath.name')?.slice(0, 200) ?? '',
  setName: (name: string) => write('aftermath.name', name),
  setLastProject: (slug: string) => write('aftermath.project', slug),
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null // storage is off in this browser: nothing is remembered
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    // As above.
  }
}
