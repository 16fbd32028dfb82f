-- Grain: claim that is not withdrawn: its last revision.
SELECT
    id,
    argMax(service, revision) AS last_service,
    argMax(title, revision) AS last_title,
    argMax(hashes, revision) AS last_hashes,
    argMax(fixed_in, revision) AS last_fixed_in
FROM patches
GROUP BY id
HAVING NOT argMax(deleted, revision)
   AND last_service = {service: String}
   AND last_fixed_in = {fixedIn: String}
ORDER BY id
