
-- What row security breaks for others, whatever its policies say: set-up reports it beforehand, the check afterwards.

-- The roles that row security on a table binds, or would bind.
CREATE FUNCTION @extschema@._export_leads_bound_roles(relation regclass)
RETURNS TABLE (role regrole, can_login boolean)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT r.oid::regrole, r.rolcanlogin
    FROM pg_class AS c CROSS JOIN pg_roles AS r
    WHERE c.oid = relation
      AND NOT r.rolsuper
      AND NOT r.rolbypassrls
      AND (c.relforcerowsecurity OR NOT pg_has_role(r.oid, c.relowner, 'USAGE'));
END;
COMMENT ON FUNCTION @extschema@._export_leads_bound_roles(regclass) IS
    'Internal: whom row security on a table binds';

-- The subscriptions of logical replication that write a table, and the roles they write as: from PostgreSQL 16 on the
-- table's owner, unless a subscription says otherwise.
CREATE FUNCTION @extschema@._export_leads_subscriptions(relation regclass)
RETURNS TABLE (subscription name, writes_as regrole)
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT s.subname, %s::regrole '
        'FROM pg_subscription_rel AS t '
        'JOIN pg_subscription AS s ON s.oid = t.srsubid '
        'JOIN pg_class AS c ON c.oid = t.srrelid '
        'WHERE t.srrelid = $1',
        CASE WHEN current_setting('server_version_num')::int >= 160000
             THEN 'CASE WHEN s.subrunasowner THEN s.subowner ELSE c.relowner END'
             ELSE 's.subowner' END)
    USING relation;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_subscriptions(regclass) IS
    'Internal: who replicates into a table';

-- The subscriptions that row security stops, or would stop.
CREATE FUNCTION @extschema@._export_leads_bound_subscriptions(relation regclass)
RETURNS TABLE (subscription name, writes_as regrole)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT s.subscription, s.writes_as
    FROM @extschema@._export_leads_subscriptions(relation) AS s
    JOIN @extschema@._export_leads_bound_roles(relation) AS b ON b.role = s.writes_as;
END;
COMMENT ON FUNCTION @extschema@._export_leads_bound_subscriptions(regclass) IS
    'Internal: who cannot replicate into a table with row security';

-- What set-up is about to break by enabling row security.
CREATE FUNCTION @extschema@._export_leads_notes(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (object text, detail text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH unbound AS (
        SELECT c.oid, c.oid::regclass::text AS name
        FROM pg_class AS c
        WHERE c.oid IN ((configuration).leads, (configuration).statuses, (configuration).calls) AND NOT c.relrowsecurity
    ), bound AS (
        SELECT u.oid, u.name, b.role, b.can_login
        FROM unbound AS u
        CROSS JOIN LATERAL @extschema@._export_leads_bound_roles(u.oid::regclass) AS b
        WHERE b.role::text !~ '^pg_' AND b.role IS DISTINCT FROM to_regrole('@reader@')
    )
    SELECT b.name,
           format('COPY FROM into table "%s" will be refused to %s: row security is not for it, INSERT goes on working',
                  b.name, string_agg(b.role::text, ', ' ORDER BY b.role::text))
    FROM bound AS b
    WHERE has_any_column_privilege(b.role, b.oid, 'INSERT')
    GROUP BY b.name
    UNION ALL
    SELECT b.name,
           format('pg_dump as %s will refuse table "%s", unless the role is given BYPASSRLS',
                  string_agg(b.role::text, ' or ' ORDER BY b.role::text), b.name)
    FROM bound AS b
    WHERE b.can_login AND has_table_privilege(b.role, b.oid, 'SELECT')
    GROUP BY b.name
    UNION ALL
    SELECT u.name,
           format('subscription "%s" will stop replicating into table "%s", which it writes as role "%s"',
                  s.subscription, u.name, s.writes_as)
    FROM unbound AS u CROSS JOIN LATERAL @extschema@._export_leads_bound_subscriptions(u.oid::regclass) AS s
    ORDER BY 1, 2;
END;
COMMENT ON FUNCTION @extschema@._export_leads_notes(@extschema@.export_leads_configuration) IS
    'Internal: what row security will break for others, for export_leads_setup()';
