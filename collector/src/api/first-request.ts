/**
 * The first request that a page of the dashboard will make, as a path of the API below `/api/v1`;
 * undefined for pages that begin otherwise. Written as the dashboard writes it (dashboard/src/paths.ts):
 * the page takes the answer that came with it only for the very path it would ask.
 */
export function firstRequestOf(address: string): string | undefined {
  try {
    return requestOf(address)
  } catch {
    return undefined // no name of anything: an escape that does not decode
  }
}

function requestOf(address: string): string | undefined {
  const { pathname, searchParams } = new URL(address, 'http://localhost')
  const [, p, project, group, service, version, ...rest] = pathname.split('/')
  if (p !== 'p' || project === undefined || project === '' || rest.length > 0) return undefined
  const given = (name: string) => searchParams.get(name) ?? ''
  if (group === undefined || (group === '' && service === undefined)) {
    return withSearch('/overview', [
      ['project', project],
      ['environment', given('env')],
      ['service', given('service')],
      ['from', given('from') || '-24h'],
      ['to', given('to') || 'now'],
    ])
  }
  if (group !== 'releases' || service === undefined || version === undefined) return undefined
  const at = given('at')
  return withSearch(`/releases/${segment(service)}/${segment(version)}`, [
    ['project', project],
    ['environment', given('env')],
    ['at', at],
    ['baseline', at === '' ? given('baseline') : ''],
  ])
}

/** Browsers leave some marks of a name as they are; the API's paths encode them all. */
const segment = (text: string) => encodeURIComponent(decodeURIComponent(text))

function withSearch(path: string, search: [string, string][]): string {
  return `${path}?${new URLSearchParams(search.filter(([, value]) => value !== '')).toString()}`
}
