
-- The check's part about a site's own policies: what remedies those that stop exports, and which others affect exports.

-- The remedy for a restrictive policy that stops exports, which changes nothing for other roles: an exemption for the
-- reader, in a form that exports recognize.
CREATE FUNCTION @extschema@._export_leads_exemption(relation regclass, policy text)
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
    SELECT @extschema@._export_leads_printed_as_owner(
               relation, format('ALTER POLICY %I ON %s USING (CURRENT_USER OPERATOR(pg_catalog.=) '
                                '''@reader@''::pg_catalog.name OR (%s));',
                                policy, relation, pg_get_expr(p.polqual, p.polrelid)))
    FROM pg_policy AS p
    WHERE p.polrelid = relation AND p.polname = policy;
END;
COMMENT ON FUNCTION @extschema@._export_leads_exemption(regclass, text) IS
    'Internal: what exempts exports from a site''s own restrictive policy, for export_leads_check()';

-- What is worth knowing, though it needs no remedy: a permissive policy takes no part in an export, since our
-- restrictive policy hides what it could add; a restrictive policy is listed here if exports may run under it. Those
-- that stop exports come from _export_leads_findings().
CREATE FUNCTION @extschema@._export_leads_check_policies(configuration @extschema@.export_leads_configuration)
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
    CROSS JOIN LATERAL (SELECT starts_with(pg_get_expr(p.polqual, c.oid),
                                           '((CURRENT_USER = ''@reader@''::name) OR ')) AS e (is_exempting)
    CROSS JOIN LATERAL (VALUES
        ('permissive_policy', p.polpermissive,
         'policy "%s" on table "%s" takes no part in exports'
         || CASE WHEN EXISTS (SELECT
                              FROM pg_policy AS o
                              WHERE o.polrelid = c.oid AND o.polname = 'export_leads_others'
                                AND o.polroles && (p.polroles || 0::oid))
                 THEN ', nor does it hold others to anything while policy export_leads_others shows them all rows: '
                      'where it is to, that one must go'
                 ELSE ', whatever it shows to others' END),
        ('accepted_policy', NOT p.polpermissive AND NOT e.is_exempting
                            AND a.definition = @extschema@._export_leads_policy_definition(
                                    c.oid::regclass, p.polname::text),
         'exports obey restrictive policy "%s" on table "%s", as set-up was told: no file holds what it hides'),
        ('exempting_policy', NOT p.polpermissive AND e.is_exempting,
         'restrictive policy "%s" on table "%s" exempts exports: files hold what it hides from others')
    ) AS kind (name, applies, detail)
    WHERE c.oid IN ((configuration).leads, (configuration).statuses, (configuration).calls)
      AND c.relrowsecurity
      AND p.polname NOT IN (@own_policies@)
      AND p.polcmd IN ('*', 'r')
      AND p.polqual IS NOT NULL
      AND p.polroles && ARRAY[0, to_regrole('@reader@')::oid]
      AND kind.applies
    UNION ALL
    SELECT 'accepted_policy_gone', 'warning', COALESCE(t.name, format('policy %I', a.policy)),
           format('exports obeyed policy "%s" on %s: files hold what it hid', a.policy,
                  COALESCE('table "' || t.name || '", which is gone', 'a table that was dropped')),
           @extschema@._export_leads_setup_call(jsonb_build_object('accepted_policies', ARRAY(
               SELECT @extschema@._export_leads_policy_name(b.relation, b.policy)
               FROM @extschema@.export_leads_accepted_policies AS b
               JOIN pg_policy AS q ON q.polrelid = b.relation AND q.polname = b.policy
               WHERE b.relation IN ((configuration).leads, (configuration).statuses, (configuration).calls))))
    FROM @extschema@.export_leads_accepted_policies AS a
    CROSS JOIN LATERAL @extschema@._export_leads_policy_table(configuration, a.relation) AS t (name)
    WHERE NOT EXISTS (SELECT
                      FROM pg_policy AS p
                      WHERE p.polrelid = a.relation AND p.polname = a.policy
                        AND a.relation IN ((configuration).leads, (configuration).statuses, (configuration).calls));
END;
COMMENT ON FUNCTION @extschema@._export_leads_check_policies(@extschema@.export_leads_configuration) IS
    'Internal: the site''s own policies that exports run under, for export_leads_check()';
