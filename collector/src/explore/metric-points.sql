-- What every metric query begins with: environment and version of a point, the group it belongs to,
-- and the filters. Key prefix: ServiceName, MetricName.
WITH points AS (
    WITH
        mapKeys(Attributes) AS keys,
        mapValues(Attributes) AS vals,
        mapKeys(ResourceAttributes) AS resource_keys,
        mapValues(ResourceAttributes) AS resource_vals,
        -- {release}
        multiIf(
            {by: String} = 'service', ServiceName,
            {by: String} != 'release', Attributes[{attribute: String}],
            {service: String} != '', version_shown,
            concat(ServiceName, ' ', version_shown)) AS group_key,
        if(toUnixTimestamp64Milli(TimeUnix) < {fromMs: Int64}, -1,
            intDiv(toUnixTimestamp64Milli(TimeUnix) - {fromMs: Int64}, {stepMs: Int64})) AS step
    SELECT
        group_key AS key,
        step,
        TimeUnix AS at,
        StartTimeUnix AS began,
        cityHash64(ServiceName, ScopeName, Attributes, ResourceAttributes) AS series,
        -- {columns}
    FROM {table: Identifier}
    WHERE MetricName = {name: String}
      AND ({service: String} = '' OR ServiceName = {service: String})
      AND TimeUnix >= fromUnixTimestamp64Nano({fromNs: Int64})
      AND TimeUnix < fromUnixTimestamp64Nano({toNs: Int64})
      AND ({environment: String} = '' OR environment_shown = {environment: String})
      AND ({version: String} = '' OR version_shown = {version: String})
)
