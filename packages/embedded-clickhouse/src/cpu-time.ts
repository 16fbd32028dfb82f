import { readFileSync } from 'node:fs'

const msPerTick = 10 // USER_HZ is 100 on every Linux that Node runs on

/** Processor time a process has used, in ms; undefined where the system has no /proc. */
export function readCpuMs(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name, in brackets, may hold spaces. After it: state is field 3, utime 14, stime 15.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * msPerTick
  } catch {
    return undefined
  }
}
