-- Grain: span, straight from the bytes of OTLP trace requests.
-- The resource's map is made once per resource, before arrayJoin multiplies its rows.
INSERT INTO $table() (
    Timestamp, TraceId, SpanId, ParentSpanId, TraceState, SpanName, SpanKind, ServiceName,
    ResourceAttributes, ScopeName, ScopeVersion, SpanAttributes, Duration, StatusCode, StatusMessage,
    Events.Timestamp, Events.Name, Events.Attributes,
    Links.TraceId, Links.SpanId, Links.TraceState, Links.Attributes, _batch
)
$settings()
SELECT
    $time(span.start_time_unix_nano),
    $traceId(span.trace_id),
    $spanId(span.span_id),
    $spanId(span.parent_span_id),
    span.trace_state,
    span.name,
    transform(span.kind, [0, 1, 2, 3, 4, 5],
        ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'], ''),
    service,
    resource_attributes,
    scope.name,
    scope.version,
    $map(span.attributes),
    if(span.end_time_unix_nano > span.start_time_unix_nano,
        span.end_time_unix_nano - span.start_time_unix_nano, 0),
    transform(span.status.code, [0, 1, 2], ['Unset', 'Ok', 'Error'], ''),
    span.status.message,
    arrayMap(event -> $time(event.time_unix_nano), span.events),
    arrayMap(event -> event.name, span.events),
    arrayMap(event -> $map(event.attributes), span.events),
    arrayMap(link -> $traceId(link.trace_id), span.links),
    arrayMap(link -> $spanId(link.span_id), span.links),
    arrayMap(link -> link.trace_state, span.links),
    arrayMap(link -> $map(link.attributes), span.links),
    $batch()
FROM (
    SELECT service, resource_attributes, scope_spans.scope AS scope, arrayJoin(scope_spans.spans) AS span
    FROM (
        SELECT
            $map(resource_spans.resource.attributes) AS resource_attributes,
            resource_attributes['service.name'] AS service,
            arrayJoin(resource_spans.scope_spans) AS scope_spans
        FROM (SELECT arrayJoin(resource_spans) AS resource_spans FROM $input())
    )
)
FORMAT ProtobufSingle
