export const collectorFlags: readonly string[]
export const collectorEnvironment: Readonly<Record<string, string>>
