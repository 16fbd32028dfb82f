export type Sdk = 'node' | 'python' | 'java' | 'go' | 'dotnet' | 'php' | 'browser' | 'collector'

export const sdkNames: Record<Sdk, string> = {
  node: 'Node',
  python: 'Python',
  java: 'Java',
  go: 'Go',
  dotnet: '.NET',
  php: 'PHP',
  browser: 'Browser',
  collector: 'Collector',
}

type Target = { ingestUrl: string; ingestKey: string; keyNeeded: boolean }
export type Snippet = { variables: string | undefined; start: string; startLabel: string }

/** What to set and how to start, with the real address and key: lines that work when pasted. */
export function snippet(sdk: Sdk, target: Target): Snippet {
  const variables = exportLines(target).join('\n')
  switch (sdk) {
    case 'node':
      return { variables, startLabel: 'Node', start: node }
    case 'python':
      return { variables, startLabel: 'Python', start: python }
    case 'java':
      return { variables, startLabel: 'Java', start: java }
    case 'go':
      return { variables, startLabel: 'main.go', start: go }
    case 'dotnet':
      return { variables, startLabel: '.NET', start: dotnet }
    case 'php':
      return {
        variables: `${variables}\nexport OTEL_PHP_AUTOLOAD_ENABLED=true`,
        startLabel: 'PHP',
        start: php,
      }
    case 'browser':
      return { variables: undefined, startLabel: 'telemetry.js', start: browser(target) }
    case 'collector':
      return { variables: undefined, startLabel: 'collector.yaml', start: collector(target) }
  }
}

const resource = {
  'service.name': 'shop',
  'service.version': '1.0.0',
  'deployment.environment.name': 'production',
}

function exportLines({ ingestUrl, ingestKey, keyNeeded }: Target): string[] {
  const attributes = Object.entries(resource).map(([name, value]) => `${name}=${value}`)
  return [
    `export OTEL_EXPORTER_OTLP_ENDPOINT=${ingestUrl}`,
    'export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf',
    ...(keyNeeded ? [`export OTEL_EXPORTER_OTLP_HEADERS=x-aftermath-key=${ingestKey}`] : []),
    `export OTEL_RESOURCE_ATTRIBUTES=${attributes.join(',')}`,
  ]
}

const node = `npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node
node --require @opentelemetry/auto-instrumentations-node/register app.js`

const python = `pip install opentelemetry-distro opentelemetry-exporter-otlp-proto-http
opentelemetry-bootstrap --action=install
opentelemetry-instrument python app.py`

const java = `curl -LO https://github.com/open-telemetry/opentelemetry-java-instrumentation/releases/latest/download/opentelemetry-javaagent.jar
java -javaagent:opentelemetry-javaagent.jar -jar app.jar`

const go = `// go get go.opentelemetry.io/otel/sdk go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp
// go get go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp
exporter, err := otlptracehttp.New(ctx)
if err != nil {
	log.Fatal(err)
}
provider := trace.NewTracerProvider(trace.WithBatcher(exporter))
defer provider.Shutdown(ctx)
otel.SetTracerProvider(provider)
http.ListenAndServe(":8080", otelhttp.NewHandler(mux, "shop"))`

const dotnet = `curl -LO https://github.com/open-telemetry/opentelemetry-dotnet-instrumentation/releases/latest/download/otel-dotnet-auto-install.sh
sh ./otel-dotnet-auto-install.sh
. $HOME/.otel-dotnet-auto/instrument.sh
dotnet app.dll`

const php = `pecl install opentelemetry
composer require open-telemetry/sdk open-telemetry/exporter-otlp open-telemetry/opentelemetry-auto-slim
php -d extension=opentelemetry -S localhost:8080 index.php`

/** A page sends its Origin, and senders with one always need the key. */
const browser = ({
  ingestUrl,
  ingestKey,
}: Target) => `// npm install @opentelemetry/sdk-trace-web @opentelemetry/resources
//   @opentelemetry/exporter-trace-otlp-http @opentelemetry/instrumentation
//   @opentelemetry/instrumentation-fetch @opentelemetry/instrumentation-document-load
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { registerInstrumentations } from '@opentelemetry/instrumentation'
import { DocumentLoadInstrumentation } from '@opentelemetry/instrumentation-document-load'
import { FetchInstrumentation } from '@opentelemetry/instrumentation-fetch'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, WebTracerProvider } from '@opentelemetry/sdk-trace-web'

const exporter = new OTLPTraceExporter({
  url: '${ingestUrl}/v1/traces',
  headers: { 'x-aftermath-key': '${ingestKey}' },
})
new WebTracerProvider({
  resource: resourceFromAttributes({
${Object.entries(resource)
  .map(([name, value]) => `    '${name}': '${value}',`)
  .join('\n')}
  }),
  spanProcessors: [new BatchSpanProcessor(exporter)],
}).register()
registerInstrumentations({
  instrumentations: [new DocumentLoadInstrumentation(), new FetchInstrumentation()],
})`

const collector = ({ ingestUrl, ingestKey, keyNeeded }: Target) => `exporters:
  otlphttp/aftermath:
    endpoint: ${ingestUrl}
${keyNeeded ? `    headers:\n      x-aftermath-key: ${ingestKey}\n` : ''}
service:
  pipelines:
    traces:
      exporters: [otlphttp/aftermath]
    logs:
      exporters: [otlphttp/aftermath]
    metrics:
      exporters: [otlphttp/aftermath]`
