-- Grain: objective: how it stood when last counted.
SELECT slo_id AS id, revision, body
FROM slo_states FINAL
WHERE {id: String} = '' OR slo_id = {id: String}
