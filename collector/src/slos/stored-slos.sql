-- Grain: objective that is not deleted: its last revision.
SELECT
    id,
    max(revision) AS last_revision,
    argMax(body, revision) AS last_body,
    toUnixTimestamp64Milli(argMax(changed_at, revision)) AS changedMs
FROM slos
WHERE {id: String} = '' OR id = {id: String}
GROUP BY id
HAVING NOT argMax(deleted, revision)
ORDER BY id
