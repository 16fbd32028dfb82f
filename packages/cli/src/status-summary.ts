import type { Status } from '@aftermath/schemas/api/status'

/** The server's state for people: problems first. */
export function statusSummary(status: Status): string {
  const { engine, journal, disk } = status
  return [
    `Aftermath ${status.version}: ${status.problems.length === 0 ? 'all is well' : 'needs attention'}`,
    ...status.problems.map(({ code, sentence }) => `  ! ${sentence} [${code}]`),
    `  ClickHouse  ${engine.up ? `${engine.version ?? 'version unknown'}, up` : 'down'}` +
      `${engine.embedded ? ', embedded' : ''}, ${count(engine.restarts)} restarts`,
    `  journal     ${size(journal.bytes)} in ${count(journal.segments)} segments, ` +
      `oldest waits ${seconds(journal.oldestSeconds)}`,
    `  behind      ${seconds(status.lagSeconds)}`,
    `  disk        ${size(disk.freeBytes)} free, ${size(disk.usedBytes)} used`,
    ...status.signals.map(
      ({ kind, items, requests, rejectedItems, refusedRequests }) =>
        `  ${kind.padEnd(11)} ${count(items)} items in ${count(requests)} requests, ` +
        `${count(rejectedItems)} rejected, ${count(refusedRequests)} requests refused`,
    ),
  ].join('\n')
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}

function seconds(value: number): string {
  return `${value.toLocaleString('en-US', { maximumFractionDigits: 1 })} s`
}

/** Binary units to one digit: what a person compares with a disk. */
function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** power
  return `${value.toFixed(power === 0 ? 0 : 1)} ${units[power]}`
}
