export default function OverTime({
  releaseKey,
}: {
  releaseKey: import('./release-queries.ts').ReleaseKey
}) {
  return <p>{releaseKey.version}</p>
}
