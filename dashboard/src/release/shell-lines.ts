/** Names come from telemetry: quoted for a shell, so that pasting one cannot run anything. */
export function rollBackLines({ service, environment, baseline }: RolledBack): string {
  const name = quoted(service)
  const space = quoted(environment)
  const lines = [
    `kubectl rollout undo ${quoted(`deployment/${service}`)} -n ${space}`,
    `kubectl argo rollouts undo ${name} -n ${space}`,
    `helm rollback ${name} -n ${space}`,
  ]
  if (baseline.version === null) return lines.join('\n')
  const version = quoted(baseline.version)
  return [
    ...lines,
    `npx aftermath deploy --service ${name} --version ${version} --environment ${space}`,
  ].join('\n')
}
type RolledBack = {
  service: string
  environment: string
  baseline: { version: string | null }
}

/** A shell word: bare where that is safe, else in single quotes. */
export function quoted(text: string): string {
  // oxlint-disable-next-line no-control-regex -- a pasted newline or escape would act at once
  const plain = text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '')
  return /^[\w@%+=:,./-]+$/.test(plain) ? plain : `'${plain.replaceAll("'", `'\\''`)}'`
}
