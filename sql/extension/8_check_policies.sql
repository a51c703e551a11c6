
-- The doctor's part about a site's own policies: what mends those that stop exports, and which of the others exports
-- run under.

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
SET quote_all_identifiers = off
SET DateStyle = 'ISO, YMD'
SET IntervalStyle = postgres
SET TimeZone = 'UTC'
SET extra_float_digits = 1
SET bytea_output = hex
SET lc_monetary = 'C'
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
            @extschema@._export_leads_printed_as_owner(
                relation, format('ALTER POLICY %I ON %s USING (CURRENT_USER OPERATOR(pg_catalog.=) '
                                 '''export_leads_reader''::pg_catalog.name OR (%s));', policy, relation, condition))
        WHEN names IS NULL OR 0::oid = ANY (roles) THEN format('DROP POLICY %I ON %s;', policy, relation)
        ELSE format('ALTER POLICY %I ON %s TO %s;', policy, relation, names) END
    FROM others;
END;
COMMENT ON FUNCTION @extschema@.export_leads_policy_remediation(text, regclass, text) IS
    'Internal: what mends a site''s own policy that stops exports, for export_leads_check()';

-- What is only told, since nothing is to be mended: a permissive policy cannot show an export more, as ours is
-- restrictive; a restrictive one is here where exports may run under it. The others are among the findings.
CREATE FUNCTION @extschema@.export_leads_check_policies(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT kind.name, 'info', c.oid::regclass::text, format(kind.detail, p.polname, c.oid::regclass), NULL
    FROM pg_policy AS p
    JOIN pg_class AS c ON c.oid = p.polrelid
    LEFT JOIN @extschema@.export_leads_accepted_policies AS a ON a.relation = c.oid AND a.policy = p.polname::text
    CROSS JOIN LATERAL (VALUES
        ('permissive_policy', p.polpermissive,
         'policy "%s" on table "%s" applies to exports too, and cannot show them another tenant''s rows'),
        ('accepted_policy', NOT p.polpermissive
                            AND a.definition = @extschema@.export_leads_policy_definition(
                                    c.oid::regclass, p.polname::text),
         'exports obey restrictive policy "%s" on table "%s", as set-up was told: no file holds what it hides'),
        ('exempting_policy', NOT p.polpermissive AND a.policy IS NULL
                             AND pg_get_expr(p.polqual, c.oid)
                                 LIKE '((CURRENT_USER = ''export\_leads\_reader''::name) OR %',
         'restrictive policy "%s" on table "%s" exempts exports: files hold what it hides from others')
    ) AS kind (name, applies, detail)
    WHERE c.oid IN ((configuration).leads, (configuration).statuses, (configuration).calls)
      AND c.relrowsecurity
      AND p.polname NOT IN ('export_leads_only_tenant', 'export_leads_tenant_rows', 'export_leads_others')
      AND p.polcmd IN ('*', 'r')
      AND p.polqual IS NOT NULL
      AND p.polroles && ARRAY[0, to_regrole('export_leads_reader')::oid]
      AND kind.applies;
END;
COMMENT ON FUNCTION @extschema@.export_leads_check_policies(@extschema@.export_leads_configuration) IS
    'Internal: the site''s own policies that exports run under, for export_leads_check()';
