-- Grain: log record, straight from the bytes of OTLP log requests.
-- A record without any time gets the time of its insert.
INSERT INTO $table() (
    Timestamp, TraceId, SpanId, TraceFlags, SeverityText, SeverityNumber, ServiceName, Body,
    ResourceSchemaUrl, ResourceAttributes, ScopeSchemaUrl, ScopeName, ScopeVersion, ScopeAttributes,
    LogAttributes, EventName, _batch
)
$settings()
SELECT
    multiIf(
        record.time_unix_nano != 0, $time(record.time_unix_nano),
        record.observed_time_unix_nano != 0, $time(record.observed_time_unix_nano),
        now64(9)),
    $traceId(record.trace_id),
    $spanId(record.span_id),
    toUInt8(bitAnd(record.flags, 255)),
    record.severity_text,
    toUInt8(bitAnd(record.severity_number, 255)),
    service,
    $text(record.body),
    resource_schema_url,
    resource_attributes,
    scope_schema_url,
    scope.name,
    scope.version,
    scope_attributes,
    $map(record.attributes),
    record.event_name,
    $batch()
FROM (
    SELECT
        service,
        resource_attributes,
        resource_schema_url,
        scope_logs.scope AS scope,
        $map(scope_logs.scope.attributes) AS scope_attributes,
        scope_logs.schema_url AS scope_schema_url,
        arrayJoin(scope_logs.log_records) AS record
    FROM (
        SELECT
            $map(resource_logs.resource.attributes) AS resource_attributes,
            resource_attributes['service.name'] AS service,
            resource_logs.schema_url AS resource_schema_url,
            arrayJoin(resource_logs.scope_logs) AS scope_logs
        FROM (SELECT arrayJoin(resource_logs) AS resource_logs FROM $input())
    )
)
FORMAT ProtobufSingle
