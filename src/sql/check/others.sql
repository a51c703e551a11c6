
-- The check's part about everybody else: who no longer sees rows because of the row security that set-up enabled. Where
-- a site had row security before set-up, who sees what is its own decision.

-- The views and materialized views that read a table as their owner.
CREATE FUNCTION @extschema@._export_leads_views_of(relation regclass)
RETURNS TABLE (view regclass, owner oid)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT DISTINCT v.oid::regclass, v.relowner
    FROM pg_depend AS d
    JOIN pg_rewrite AS w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
    JOIN pg_class AS v ON v.oid = w.ev_class
    WHERE d.refclassid = 'pg_class'::regclass
      AND d.refobjid = relation
      AND v.relkind IN ('v', 'm')
      AND NOT EXISTS (SELECT FROM pg_options_to_table(v.reloptions) AS o
                      WHERE o.option_name = 'security_invoker' AND o.option_value::boolean);
END;
COMMENT ON FUNCTION @extschema@._export_leads_views_of(regclass) IS
    'Internal: views that row security may empty, for export_leads_check()';

-- The roles with privileges on a table, or with a view on it, that its row security binds and to which no permissive
-- policy applies; 0 is PUBLIC. Where there is a policy for a group, for one of its members, or for any role where
-- PUBLIC has the privilege, the site has decided itself.
CREATE FUNCTION @extschema@._export_leads_shut_out(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (relation regclass, role oid)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT c.oid::regclass, who.role
    FROM pg_class AS c
    CROSS JOIN LATERAL (
        SELECT acl.grantee
        FROM aclexplode(c.relacl) AS acl
        WHERE acl.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
        UNION
        SELECT acl.grantee
        FROM pg_attribute AS a, aclexplode(a.attacl) AS acl
        WHERE a.attrelid = c.oid AND NOT a.attisdropped AND acl.privilege_type IN ('SELECT', 'INSERT', 'UPDATE')
        UNION
        SELECT v.owner
        FROM @extschema@._export_leads_views_of(c.oid::regclass) AS v
        WHERE has_any_column_privilege(v.owner, c.oid, 'SELECT')
    ) AS who (role)
    LEFT JOIN pg_roles AS r ON r.oid = who.role
    WHERE c.oid IN ((configuration).leads, (configuration).statuses, (configuration).calls)
      AND c.oid::regclass = ANY ((configuration).secured)
      AND c.relrowsecurity
      AND (who.role = 0 OR NOT (r.rolsuper OR r.rolbypassrls OR r.rolname = '@reader@'
                                OR pg_has_role(r.oid, c.relowner, 'USAGE')))
      AND NOT EXISTS (
          SELECT
          FROM pg_policy AS p CROSS JOIN unnest(p.polroles) AS audience (role)
          WHERE p.polrelid = c.oid
            AND p.polpermissive
            AND audience.role IS DISTINCT FROM to_regrole('@reader@')::oid
            AND CASE WHEN 0 IN (who.role, audience.role) THEN true
                     ELSE pg_has_role(who.role, audience.role, 'USAGE')
                          OR pg_has_role(audience.role, who.role, 'USAGE') END);
END;
COMMENT ON FUNCTION @extschema@._export_leads_shut_out(@extschema@.export_leads_configuration) IS
    'Internal: roles that row security shows nothing, for export_leads_check()';

-- The remediation is the policy that set-up creates: with it, everybody's access is what it was before row security. If
-- there is another permissive policy, or an altered one of that name, it would show roles more than that policy does,
-- so the site has to decide. It also has to decide about a role that makes backups, since BYPASSRLS frees a role from
-- all policies.
CREATE FUNCTION @extschema@._export_leads_check_others(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH shut_out AS (
        SELECT s.relation, array_agg(s.role) AS roles,
               CASE WHEN bool_or(s.role = 0) THEN 'PUBLIC'
                    ELSE string_agg(s.role::regrole::text, ', ' ORDER BY s.role::regrole::text) END AS names
        FROM @extschema@._export_leads_shut_out(configuration) AS s
        GROUP BY s.relation
    ), mended AS (
        SELECT s.*,
               CASE WHEN decided.policies IS NOT NULL
                    THEN format(': set-up''s own policy would show more than %s to others, too', decided.policies) END
                   AS decision,
               CASE WHEN decided.policies IS NULL
                    THEN format('@keep_others@;', s.relation,
                                @extschema@._export_leads_others_condition(s.relation::regclass)) END AS remediation
        FROM shut_out AS s
        CROSS JOIN LATERAL (
            SELECT string_agg(format('policy "%s"', p.polname), ', ' ORDER BY p.polname)
            FROM pg_policy AS p
            WHERE p.polrelid = s.relation
              AND p.polpermissive
              AND p.polname <> 'export_leads_tenant_rows'
              AND NOT format('%s.%I', s.relation, p.polname) = ANY ((configuration).dormant)
        ) AS decided (policies)
    )
    SELECT 'shut_out', 'warning', m.relation::text,
           format('row security hides all rows of table "%s" from %s, who have privileges on it%s',
                  m.relation, m.names, m.decision),
           m.remediation
    FROM mended AS m
    UNION ALL
    SELECT 'view_shut_out', 'warning', v.view::text,
           format('view "%s" shows no rows of table "%s", which row security hides from its owner%s',
                  v.view, m.relation, m.decision),
           m.remediation
    FROM mended AS m CROSS JOIN LATERAL @extschema@._export_leads_views_of(m.relation) AS v
    WHERE v.owner = ANY (m.roles)
    UNION ALL
    SELECT 'backup_shut_out', 'warning', r.oid::regrole::text,
           format('pg_dump as role "%s", which does not bypass row security, refuses tables with row security: %s',
                  r.rolname, string_agg(c.oid::regclass::text, ', ' ORDER BY c.oid::regclass::text)),
           NULL
    FROM pg_roles AS r JOIN pg_class AS c ON c.oid::regclass = ANY ((configuration).secured) AND c.relrowsecurity
    WHERE r.rolcanlogin
      AND NOT r.rolsuper
      AND NOT r.rolbypassrls
      AND r.rolname <> '@reader@'
      AND pg_has_role(r.oid, 'pg_read_all_data', 'USAGE')
      AND NOT pg_has_role(r.oid, c.relowner, 'USAGE')
    GROUP BY r.oid, r.rolname
    UNION ALL
    SELECT 'replication_shut_out', 'warning', format('subscription %I', s.subscription),
           format('subscription "%s" cannot replicate into table "%s", whose row security binds role "%s", as which it '
                  'writes: its owner would have to bypass row security', s.subscription, c.oid::regclass, s.writes_as),
           NULL
    FROM pg_class AS c
    CROSS JOIN LATERAL @extschema@._export_leads_bound_subscriptions(c.oid::regclass) AS s
    WHERE c.oid IN ((configuration).leads, (configuration).statuses, (configuration).calls) AND c.relrowsecurity;
END;
COMMENT ON FUNCTION @extschema@._export_leads_check_others(@extschema@.export_leads_configuration) IS
    'Internal: whom row security keeps from what they could see before, for export_leads_check()';
