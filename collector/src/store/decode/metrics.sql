-- Grain: data point of one kind of metric, straight from the bytes of OTLP metric requests.
-- The kinds differ in $own_columns and $own_values alone; points of another kind are skipped on the
-- wire, so a request with all five is read five times.
INSERT INTO $table() (
    ResourceAttributes, ResourceSchemaUrl, ScopeName, ScopeVersion, ScopeAttributes,
    ScopeDroppedAttrCount, ScopeSchemaUrl, ServiceName, MetricName, MetricDescription, MetricUnit,
    Attributes, StartTimeUnix, TimeUnix,
    $own_columns(),
    Flags, _batch
)
$settings()
SELECT
    resource_attributes,
    resource_schema_url,
    scope.name,
    scope.version,
    scope_attributes,
    scope.dropped_attributes_count,
    scope_schema_url,
    service,
    metric.name,
    metric.description,
    metric.unit,
    $map(point.attributes),
    $time(point.start_time_unix_nano),
    $time(point.time_unix_nano),
    $own_values(),
    point.flags,
    $batch()
FROM (
    SELECT
        service, resource_attributes, resource_schema_url, scope, scope_attributes, scope_schema_url,
        metric, arrayJoin(metric.$kind().data_points) AS point
    FROM (
        SELECT
            service,
            resource_attributes,
            resource_schema_url,
            scope_metrics.scope AS scope,
            $map(scope_metrics.scope.attributes) AS scope_attributes,
            scope_metrics.schema_url AS scope_schema_url,
            arrayJoin(scope_metrics.metrics) AS metric
        FROM (
            SELECT
                $map(resource_metrics.resource.attributes) AS resource_attributes,
                resource_attributes['service.name'] AS service,
                resource_metrics.schema_url AS resource_schema_url,
                arrayJoin(resource_metrics.scope_metrics) AS scope_metrics
            FROM (SELECT arrayJoin(resource_metrics) AS resource_metrics FROM $input())
        )
    )
)
FORMAT ProtobufSingle
