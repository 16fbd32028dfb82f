import { VerdictState } from '@aftermath/schemas/verdict'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { parseDurationMs } from './duration.ts'

/** What every command takes to find its server. */
export type ServerOptions = { server?: string | undefined; token?: string | undefined }

/** A command with the help layout that all of them share. */
export function addCommand(program: Command, name: string, summary: string): Command {
  return program
    .command(name)
    .summary(summary)
    .helpOption('-h, --help', 'print help')
    .configureHelp({ optionDescription: describeOption })
}

export const projectOption = () => new Option('--project <slug>', 'project').default('default')

export const serverOption = () =>
  new Option('--server <url>', 'address of Aftermath (else AFTERMATH_URL, else the local one)')

export const tokenOption = () =>
  new Option('--token <token>', 'API token (better: AFTERMATH_TOKEN, which no process list shows)')

/** Gathers an option that is given several times. */
export function every(text: string, before: string[] = []): string[] {
  return [...before, text]
}

export function durationMs(text: string): number {
  const ms = parseDurationMs(text)
  if (ms === undefined) throw new InvalidArgumentError('It is a time like 90s, 15m or 2h.')
  return ms
}

export function verdicts(text: string): string[] {
  const parts = text.split(',').map((part) => part.trim())
  const strange = parts.find((part) => !VerdictState.safeParse(part).success)
  if (strange === undefined) return parts
  throw new InvalidArgumentError(`'${strange}' is none of ${VerdictState.options.join(', ')}.`)
}

export function percent(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 100) return value
  throw new InvalidArgumentError('It is a percentage from 0 to 100.')
}

/** Defaults as they are typed, not as they are kept. */
function describeOption({ description, defaultValue, argChoices }: Option): string {
  const choices = argChoices === undefined ? [] : [argChoices.join(', ')]
  const shown = typeof defaultValue === 'number' ? shortestDuration(defaultValue) : defaultValue
  const parts = [...choices, ...(shown === undefined ? [] : [`default: ${String(shown)}`])]
  return parts.length === 0 ? description : `${description} (${parts.join('; ')})`
}

function shortestDuration(ms: number): string {
  return ms % 60_000 === 0 ? `${ms / 60_000}m` : `${ms / 1000}s`
}
