-- Two columns of a query: environment and version of an item, as release_sightings has them. `keys` and
-- `vals` are those of the item's attributes, `resource_keys` and `resource_vals` of its resource's.
arrayFirst(value -> value != '', [
    resource_vals[indexOf(resource_keys, 'deployment.environment.name')],
    vals[indexOf(keys, 'deployment.environment.name')],
    resource_vals[indexOf(resource_keys, 'deployment.environment')],
    vals[indexOf(keys, 'deployment.environment')],
    resource_vals[indexOf(resource_keys, 'environment')],
    vals[indexOf(keys, 'environment')],
    'production'
]) AS environment_shown,
arrayFirst(value -> value != '', [
    resource_vals[indexOf(resource_keys, 'service.version')],
    vals[indexOf(keys, 'service.version')],
    resource_vals[indexOf(resource_keys, 'app.version')],
    vals[indexOf(keys, 'app.version')],
    resource_vals[indexOf(resource_keys, 'vcs.ref.head.revision')],
    vals[indexOf(keys, 'vcs.ref.head.revision')]
]) AS version_shown,
