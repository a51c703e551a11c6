
-- The doctor.

CREATE FUNCTION @extschema@.export_leads_findings()
RETURNS TABLE (name text, object text, detail text, remediation text, policy text)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_findings';
COMMENT ON FUNCTION @extschema@.export_leads_findings() IS
    'Internal: what would make an export raise 55000, by the inspections that an export runs';

-- What mends a site's own policy that stops exports, and changes nothing for anybody else. A restrictive one gets an
-- exemption for the reader, which exports know again. One that reads another table is taken from the reader: a policy
-- for PUBLIC becomes one for the owner and whoever has a privilege on the table; where that is PUBLIC again, or the
-- policy is the reader's alone, only dropping it is left.
CREATE FUNCTION @extschema@.export_leads_policy_remediation(finding text, relation regclass, policy text)
RETURNS text
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH audience AS (
        SELECT CASE WHEN p.polroles = ARRAY[0::oid] THEN
                   ARRAY(SELECT c.relowner
                         UNION SELECT acl.grantee FROM aclexplode(c.relacl) AS acl
                         UNION SELECT acl.grantee
                         FROM pg_attribute AS a, aclexplode(a.attacl) AS acl
                         WHERE a.attrelid = c.oid AND NOT a.attisdropped)
               ELSE p.polroles END AS roles,
               pg_get_expr(p.polqual, p.polrelid) AS condition
        FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
        WHERE p.polrelid = relation AND p.polname = policy
    ), others AS (
        SELECT roles, condition, (SELECT string_agg(r::regrole::text, ', ' ORDER BY r::regrole::text)
                       FROM unnest(roles) AS r
                       WHERE r <> to_regrole('export_leads_reader')) AS names
        FROM audience
    )
    SELECT CASE
        WHEN finding = 'restrictive_policy' THEN
            format('ALTER POLICY %I ON %s USING (CURRENT_USER OPERATOR(pg_catalog.=) ''export_leads_reader''::pg_catalog.name OR (%s)); '
                   '-- or obey it: SELECT * FROM export_leads_setup(accepted_policies => ...);', policy, relation, condition)
        WHEN names IS NULL OR 0::oid = ANY (roles) THEN format('DROP POLICY %I ON %s;', policy, relation)
        ELSE format('ALTER POLICY %I ON %s TO %s;', policy, relation, names) END
    FROM others;
END;
COMMENT ON FUNCTION @extschema@.export_leads_policy_remediation(text, regclass, text) IS
    'Internal: what mends a site''s own policy that stops exports, for export_leads_check()';

CREATE FUNCTION @extschema@.export_leads_check()
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF pg_encoding_to_char((SELECT d.encoding FROM pg_database AS d WHERE d.datname = current_database())) <> 'UTF8' THEN
        RETURN QUERY SELECT 'not_utf8', 'error', format('database %I', current_database()),
                            'the database is not in UTF8, so no export can be made',
                            '-- dump the database and restore it into one created with ENCODING ''UTF8''';
    END IF;
    BEGIN
        RETURN QUERY
        SELECT f.name, 'error', f.object, f.detail,
               COALESCE(f.remediation, @extschema@.export_leads_policy_remediation(f.name, f.object::regclass, f.policy))
        FROM @extschema@.export_leads_findings() WITH ORDINALITY AS f (name, object, detail, remediation, policy, place)
        GROUP BY f.name, f.object, f.detail, f.remediation, f.policy
        ORDER BY min(f.place);
    EXCEPTION WHEN OTHERS THEN
        RETURN QUERY SELECT 'export_fails', 'error', 'export_leads', format('an export fails: %s', SQLERRM),
                            'SELECT * FROM export_leads_setup();';
    END;
END;
$$;
COMMENT ON FUNCTION @extschema@.export_leads_check() IS
    'What keeps exports from working, each with the SQL that mends it; no rows where all is well';
