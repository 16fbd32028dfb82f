-- Grain: objective, deleted or not: its last revision.
SELECT max(revision) AS last_revision, argMax(body, revision) AS last_body, argMax(deleted, revision) AS last_deleted
FROM slos
WHERE id = {id: String}
HAVING count() > 0
