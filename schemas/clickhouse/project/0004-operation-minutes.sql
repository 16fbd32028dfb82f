-- What a release is judged by: requests, failures and latency of every operation, by minute.
-- Grain: minute × service × environment × version × operation × kind × latency bucket, summed when
-- parts merge; so sum() when reading. Key prefix: service, environment, version, minute.
-- Reason for the key: a judgement reads some minutes of two versions, over all their operations.
-- Kinds: `server`, `consumer` and `root` are entries, what a caller waits for; `client` and
-- `producer` are dependencies. Spans inside a service are not here.
-- Bucket: durations in (2^(bucket/8), 2^((bucket+1)/8)] ns, -1000 for zero.
-- Weighted: each span counts as often as its sampling says that there were spans like it.
CREATE TABLE IF NOT EXISTS operation_minutes (
    service LowCardinality(String),
    environment LowCardinality(String),
    version LowCardinality(String),
    minute DateTime('UTC') CODEC(Delta, ZSTD(1)),
    operation LowCardinality(String),
    kind Enum8('server' = 1, 'consumer' = 2, 'root' = 3, 'client' = 4, 'producer' = 5),
    bucket Int16 CODEC(Delta, ZSTD(1)),
    count UInt64 CODEC(T64, ZSTD(1)),
    errors UInt64 CODEC(T64, ZSTD(1)),
    weighted_count Float64 CODEC(ZSTD(1)),
    weighted_errors Float64 CODEC(ZSTD(1))
)
ENGINE = SummingMergeTree((count, errors, weighted_count, weighted_errors))
PARTITION BY toYYYYMM(minute)
PRIMARY KEY (service, environment, version, minute)
ORDER BY (service, environment, version, minute, operation, kind, bucket)
SETTINGS
    index_granularity = 2048,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    old_parts_lifetime = 480,
    min_free_disk_bytes_to_perform_insert = 536870912;

-- Operation, failure, weight, environment and version of a span are pure functions of its row;
-- collector/src/relate/ says the same in TypeScript, and a test holds the two together.
-- Attributes are looked up as vals[indexOf(keys, …)], at a fifth of the cost of SpanAttributes[…],
-- and named with the dots as underscores. ignore() has them looked up for the whole block at once:
-- inside multiIf alone they would be evaluated lazily, which copies the maps once per branch and
-- takes thirteen times as long. What is derived early is cheap to analyse, which every insert pays:
-- so few steps, and each names its columns.
CREATE MATERIALIZED VIEW IF NOT EXISTS operation_minutes_mv TO operation_minutes AS
WITH
spans AS (
    SELECT
        Timestamp, ServiceName, SpanName, SpanKind, ParentSpanId, TraceState, Duration, StatusCode,
        Events.Name, Events.Attributes,
        mapKeys(SpanAttributes) AS keys,
        mapValues(SpanAttributes) AS vals,
        mapKeys(ResourceAttributes) AS resource_keys,
        mapValues(ResourceAttributes) AS resource_vals
    FROM otel_traces
    WHERE SpanKind IN ('Server', 'Consumer', 'Client', 'Producer') OR ParentSpanId = ''
),
attributes AS (
    SELECT
        vals[indexOf(keys, 'http.request.method')] AS _http_request_method,
        vals[indexOf(keys, 'http.method')] AS _http_method,
        vals[indexOf(keys, 'http.route')] AS _http_route,
        vals[indexOf(keys, 'url.path')] AS _url_path,
        vals[indexOf(keys, 'http.target')] AS _http_target,
        vals[indexOf(keys, 'url.full')] AS _url_full,
        vals[indexOf(keys, 'http.url')] AS _http_url,
        vals[indexOf(keys, 'http.response.status_code')] AS _http_response_status_code,
        vals[indexOf(keys, 'http.status_code')] AS _http_status_code,
        vals[indexOf(keys, 'rpc.method')] AS _rpc_method,
        vals[indexOf(keys, 'rpc.service')] AS _rpc_service,
        vals[indexOf(keys, 'rpc.status_code')] AS _rpc_status_code,
        vals[indexOf(keys, 'rpc.response.status_code')] AS _rpc_response_status_code,
        vals[indexOf(keys, 'rpc.grpc.status_code')] AS _rpc_grpc_status_code,
        vals[indexOf(keys, 'rpc.connect_rpc.error_code')] AS _rpc_connect_rpc_error_code,
        vals[indexOf(keys, 'messaging.operation.name')] AS _messaging_operation_name,
        vals[indexOf(keys, 'messaging.operation.type')] AS _messaging_operation_type,
        vals[indexOf(keys, 'messaging.operation')] AS _messaging_operation,
        vals[indexOf(keys, 'messaging.destination.template')] AS _messaging_destination_template,
        vals[indexOf(keys, 'messaging.destination.name')] AS _messaging_destination_name,
        vals[indexOf(keys, 'messaging.destination')] AS _messaging_destination,
        vals[indexOf(keys, 'messaging.destination.temporary')] AS _messaging_destination_temporary,
        vals[indexOf(keys, 'messaging.destination.anonymous')] AS _messaging_destination_anonymous,
        vals[indexOf(keys, 'graphql.operation.type')] AS _graphql_operation_type,
        vals[indexOf(keys, 'graphql.operation.name')] AS _graphql_operation_name,
        vals[indexOf(keys, 'faas.name')] AS _faas_name,
        vals[indexOf(keys, 'gen_ai.operation.name')] AS _gen_ai_operation_name,
        vals[indexOf(keys, 'gen_ai.request.model')] AS _gen_ai_request_model,
        vals[indexOf(keys, 'db.query.summary')] AS _db_query_summary,
        vals[indexOf(keys, 'db.operation.name')] AS _db_operation_name,
        vals[indexOf(keys, 'db.operation')] AS _db_operation,
        vals[indexOf(keys, 'db.collection.name')] AS _db_collection_name,
        vals[indexOf(keys, 'db.sql.table')] AS _db_sql_table,
        vals[indexOf(keys, 'db.mongodb.collection')] AS _db_mongodb_collection,
        vals[indexOf(keys, 'SampleRate')] AS _samplerate,
        vals[indexOf(keys, 'service.version')] AS _service_version,
        vals[indexOf(keys, 'app.version')] AS _app_version,
        vals[indexOf(keys, 'vcs.ref.head.revision')] AS _vcs_ref_head_revision,
        vals[indexOf(keys, 'deployment.environment.name')] AS _deployment_environment_name,
        vals[indexOf(keys, 'deployment.environment')] AS _deployment_environment,
        vals[indexOf(keys, 'environment')] AS _environment,
        resource_vals[indexOf(resource_keys, 'service.version')] AS resource_service_version,
        resource_vals[indexOf(resource_keys, 'app.version')] AS resource_app_version,
        resource_vals[indexOf(resource_keys, 'vcs.ref.head.revision')] AS resource_vcs_ref_head_revision,
        resource_vals[indexOf(resource_keys, 'deployment.environment.name')] AS resource_deployment_environment_name,
        resource_vals[indexOf(resource_keys, 'deployment.environment')] AS resource_deployment_environment,
        resource_vals[indexOf(resource_keys, 'environment')] AS resource_environment,
        resource_vals[indexOf(resource_keys, 'faas.name')] AS resource_faas_name,
        Timestamp, ServiceName, SpanName, SpanKind, ParentSpanId, TraceState, Duration, StatusCode,
        Events.Name, Events.Attributes
    FROM spans
),
facts AS (
    -- The first of an attribute's names that is set counts.
    SELECT
        SpanName,
        ServiceName AS service,
        multiIf(
            resource_deployment_environment_name != '', resource_deployment_environment_name,
            _deployment_environment_name != '', _deployment_environment_name,
            resource_deployment_environment != '', resource_deployment_environment,
            _deployment_environment != '', _deployment_environment,
            resource_environment != '', resource_environment,
            _environment != '', _environment,
            'production') AS environment,
        multiIf(
            resource_service_version != '', resource_service_version,
            _service_version != '', _service_version,
            resource_app_version != '', resource_app_version,
            _app_version != '', _app_version,
            resource_vcs_ref_head_revision != '', resource_vcs_ref_head_revision,
            _vcs_ref_head_revision) AS version,
        toStartOfMinute(toDateTime(Timestamp, 'UTC')) AS minute,
        multiIf(
            SpanKind = 'Server', 'server',
            SpanKind = 'Consumer', 'consumer',
            ParentSpanId = '', 'root',
            SpanKind = 'Client', 'client',
            'producer') AS kind,
        if(Duration = 0, -1000, toInt16(ceil(log2(Duration) * 8) - 1)) + ignore(
            _http_request_method, _http_method, _http_route, _url_path, _http_target, _url_full,
            _http_url, _http_response_status_code, _http_status_code, _rpc_method, _rpc_service,
            _rpc_status_code, _rpc_response_status_code, _rpc_grpc_status_code,
            _rpc_connect_rpc_error_code, _messaging_operation_name, _messaging_operation_type,
            _messaging_operation, _messaging_destination_template, _messaging_destination_name,
            _messaging_destination, _messaging_destination_temporary,
            _messaging_destination_anonymous, _graphql_operation_type, _graphql_operation_name,
            _faas_name, _gen_ai_operation_name, _gen_ai_request_model, _db_query_summary,
            _db_operation_name, _db_operation, _db_collection_name, _db_sql_table,
            _db_mongodb_collection, _samplerate, _service_version, _app_version,
            _vcs_ref_head_revision, _deployment_environment_name, _deployment_environment,
            _environment, resource_service_version, resource_app_version,
            resource_vcs_ref_head_revision, resource_deployment_environment_name,
            resource_deployment_environment, resource_environment, resource_faas_name
        ) AS bucket,

        upper(if(_http_request_method != '', _http_request_method, _http_method)) AS method,
        _http_route AS route,
        multiIf(
            _url_path != '', _url_path,
            _http_target != '', _http_target,
            replaceRegexpOne(if(_url_full != '', _url_full, _http_url),
                '^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*', '')) AS path,
        multiIf(
            _rpc_method = '', '',
            _rpc_service = '' OR position(_rpc_method, '/') > 0, _rpc_method,
            concat(_rpc_service, '/', _rpc_method)) AS rpc,
        multiIf(
            _messaging_operation_name != '', _messaging_operation_name,
            _messaging_operation_type != '', _messaging_operation_type,
            _messaging_operation) AS messaging,
        multiIf(
            _messaging_destination_template != '', _messaging_destination_template,
            _messaging_destination_temporary = 'true' OR _messaging_destination_anonymous = 'true', '',
            _messaging_destination_name != '', _messaging_destination_name,
            _messaging_destination) AS destination,
        _graphql_operation_type AS graphql,
        _graphql_operation_name AS graphql_name,
        multiIf(
            _faas_name != '', _faas_name,
            -- On the resource it names the function itself, so not what the function calls.
            kind IN ('client', 'producer'), '',
            resource_faas_name) AS faas,
        _gen_ai_operation_name AS gen_ai,
        _gen_ai_request_model AS model,
        _db_query_summary AS summary,
        if(_db_operation_name != '', _db_operation_name, _db_operation) AS query,
        multiIf(
            _db_collection_name != '', _db_collection_name,
            _db_sql_table != '', _db_sql_table,
            _db_mongodb_collection) AS collection,

        if(_http_response_status_code != '', _http_response_status_code, _http_status_code) AS http_status,
        upper(multiIf(
            _rpc_status_code != '', _rpc_status_code,
            _rpc_response_status_code != '', _rpc_response_status_code,
            _rpc_grpc_status_code != '', _rpc_grpc_status_code,
            _rpc_connect_rpc_error_code)) AS rpc_status,
        multiIf(
            StatusCode = 'Error', true,
            StatusCode = 'Ok', false,
            SpanKind = 'Server' AND match(http_status, '^[4-9][0-9]{2}$'), http_status >= '500',
            SpanKind = 'Client' AND match(http_status, '^[4-9][0-9]{2}$'), true,
            rpc_status IN ('UNKNOWN', '2', 'DEADLINE_EXCEEDED', '4', 'UNIMPLEMENTED', '12',
                'INTERNAL', '13', 'UNAVAILABLE', '14', 'DATA_LOSS', '15'), true,
            arrayExists((name, attributes) -> name = 'exception'
                AND lower(attributes['exception.escaped']) = 'true', Events.Name, Events.Attributes)) AS failed,

        if(match(_samplerate, '^[0-9]{1,9}(?:[.][0-9]{1,9})?$'), toFloat64OrZero(_samplerate), 0) AS sample_rate,
        extract(TraceState, '(?:^|,)[ \t]*ot=(?:[^,;]*;)*th:([0-9a-f]{1,14})[ \t]*(?:[;,]|$)') AS threshold,
        multiIf(
            sample_rate >= 1, sample_rate,
            threshold != '', 72057594037927936 / (72057594037927936 -- 2^56
                - reinterpretAsUInt64(reverse(unhex(rightPad(threshold, 14, '0'))))),
            1) AS weight
    FROM attributes
),
named AS (
    -- A name made of attributes: its first part, and what follows after a space.
    SELECT
        service, environment, version, minute, kind, bucket, failed, weight,
        SpanName, method, route, path,
        multiIf(
            method != '', if(method IN ('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS',
                'TRACE', 'PATCH', 'QUERY'), method, '_OTHER'),
            rpc != '', rpc,
            messaging != '', messaging,
            graphql != '', graphql,
            faas != '', faas,
            gen_ai != '', gen_ai,
            summary != '', summary,
            query) AS head,
        multiIf(
            method != '', route,
            rpc != '', '',
            messaging != '', destination,
            graphql != '', graphql_name,
            faas != '', '',
            gen_ai != '', model,
            summary != '', '',
            query != '', collection,
            '') AS tail
    FROM facts
),
templated AS (
    -- Texts that may hold ids are a path without its route, and a span's own name. In a name, `?` and
    -- `#` start a query or fragment only behind a slash: `Users#show` is a method in Ruby. Behind 8
    -- segments they end in `…`.
    SELECT
        service, environment, version, minute, kind, bucket, failed, weight, head, tail,
        multiIf(
            method != '' AND route = '', replaceRegexpOne(path, '[?#].*$', ''),
            head = '', replaceRegexpOne(SpanName, '(/[^?#]*)[?#].*$', '\\1'),
            '') AS text,
        arrayStringConcat(arrayMap(
            segment -> if(
                match(segment, '[0-9@]|^[A-Fa-f]{8}(?:-[A-Fa-f]{4}){3}-[A-Fa-f]{12}$')
                AND match(segment, concat('^(?:',
                    '[0-9]+',
                    '|[0-9A-Fa-f]{8,}',
                    '|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}',
                    '|[A-Za-z0-9_-]{16,}={0,2}',
                    '|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ].*)?',
                    '|[^@ ]+@[^@ .]+(?:[.][^@ .]+)+',
                    ')$')),
                '{id}', segment),
            splitByChar('/', replaceRegexpOne(text, '^((?:/[^/]*){8}|[^/]+(?:/[^/]*){7})/.*$', '\\1/…'))
        ), '/') AS template
    FROM named
)
SELECT
    service,
    environment,
    version,
    minute,
    substringUTF8(multiIf(
        tail != '', concat(head, ' ', tail),
        template = '', head,
        head = '', template,
        concat(head, ' ', template)), 1, 200) AS operation,
    kind,
    bucket,
    count() AS count,
    countIf(failed) AS errors,
    sum(weight) AS weighted_count,
    sumIf(weight, failed) AS weighted_errors
FROM templated
GROUP BY service, environment, version, minute, operation, kind, bucket;
