
-- What the reader may do with the tables of the history, of schedules and of deliveries: set-up gives it, teardown
-- takes it away, the check tells what is missing. It reads and writes them under row security, for the tenant of the
-- call. Their foreign keys, which set-up makes as well, stay.

-- The functions that the reader runs in a call for a tenant: export_leads_X() runs _export_leads_X(), and what that
-- calls.
CREATE FUNCTION @extschema@._export_leads_reader_functions()
RETURNS SETOF regprocedure
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT p.oid::regprocedure
    FROM unnest(ARRAY['_export_leads_caller', '_export_leads_keep', '_export_leads_latest_totals',
                      '_export_leads_totals', '_export_leads_expire',
                      '_export_leads_raise_no_export', '_export_leads_history', '_export_leads_require_saved',
                      '_export_leads_deliveries',
                      '_export_leads_count_download', '_export_leads_forget', '_export_leads_schedule',
                      '_export_leads_schedules', '_export_leads_pause', '_export_leads_unschedule',
                      '_export_leads_next_runs', '_export_leads_require_schedule', '_export_leads_checked_schedule',
                      '_export_leads_tries', '_export_leads_lock_class', '_export_leads_is_time_zone',
                      '_export_leads_is_line', '_export_leads_is_mail_address', '_export_leads_distinct_recipients',
                      '_export_leads_moment', '_export_leads_is_run_day', '_export_leads_next_run',
                      'export_leads_filename', 'export_leads_available_columns'])
         AS f (name)
    JOIN pg_proc AS p ON p.proname = f.name
    JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
    WHERE e.extname = 'export_leads'
    ORDER BY 1;
END;
COMMENT ON FUNCTION @extschema@._export_leads_reader_functions() IS
    'Internal: the functions that the reader calls';

-- Grants the reader all of them, or revokes them.
CREATE FUNCTION @extschema@._export_leads_let_reader_call(allowed boolean)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    EXECUTE (SELECT format(CASE WHEN allowed THEN 'GRANT EXECUTE ON FUNCTION %s TO @reader@'
                                ELSE 'REVOKE EXECUTE ON FUNCTION %s FROM @reader@' END,
                           string_agg(f.function::text, ', '))
             FROM @extschema@._export_leads_reader_functions() AS f (function));
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_let_reader_call(boolean) IS
    'Internal: lets the reader call the functions of the history, or no longer';

-- The tables that hold rows of tenants.
CREATE FUNCTION @extschema@._export_leads_tenant_tables()
RETURNS SETOF regclass
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    VALUES ('@extschema@.export_leads_exports'::regclass), ('@extschema@.export_leads_pieces'::regclass),
           ('@extschema@.export_leads_schedules'::regclass), ('@extschema@.export_leads_deliveries'::regclass);
END;
COMMENT ON FUNCTION @extschema@._export_leads_tenant_tables() IS
    'Internal: the extension''s tables with rows of tenants';

-- Those of them whose rows belong to an export, while they lack the foreign key that says so.
CREATE FUNCTION @extschema@._export_leads_lack_foreign_key()
RETURNS SETOF regclass
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT t.relation
    FROM (VALUES ('@extschema@.export_leads_pieces'::regclass), ('@extschema@.export_leads_deliveries'::regclass))
         AS t (relation)
    WHERE NOT EXISTS (SELECT
                      FROM pg_constraint AS k
                      WHERE k.contype = 'f' AND k.conrelid = t.relation
                        AND k.confrelid = '@extschema@.export_leads_exports'::regclass);
END;
COMMENT ON FUNCTION @extschema@._export_leads_lack_foreign_key() IS
    'Internal: the extension''s tables that set-up has to tie to the exports, as after a restore';

-- Raises 55000 there, for what runs as the owner: without them rows would lose the export that they belong to.
CREATE FUNCTION @extschema@._export_leads_require_foreign_keys()
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    relation regclass;
BEGIN
    FOR relation IN SELECT * FROM @extschema@._export_leads_lack_foreign_key() LOOP
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('table "%s" is not set up for exports that are kept', relation),
            HINT = 'Run set-up again: SELECT * FROM @extschema@.export_leads_setup();';
    END LOOP;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_require_foreign_keys() IS
    'Internal: raises 55000 where one of the extension''s tables lacks its foreign key';

-- Whether one of their policies is as set-up makes it.
CREATE FUNCTION @extschema@._export_leads_is_tenant_policy(policy pg_policy)
RETURNS boolean
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
BEGIN ATOMIC
    SELECT (policy).polname = 'export_leads_own_tenant' AND (policy).polcmd = '*' AND (policy).polpermissive
       AND (policy).polroles = ARRAY[to_regrole('@reader@')::oid]
       AND pg_get_expr((policy).polqual, (policy).polrelid) = own.condition
       AND pg_get_expr((policy).polwithcheck, (policy).polrelid) = own.condition
    FROM (VALUES ('(tenant = ( SELECT @extschema@.export_leads_tenant() AS export_leads_tenant))')) AS own (condition);
END;
COMMENT ON FUNCTION @extschema@._export_leads_is_tenant_policy(pg_policy) IS
    'Internal: whether a policy is the one that set-up makes for the extension''s tables with rows of tenants';

-- What the reader lacks there: one row for each statement. A reader that does not exist yet lacks everything.
CREATE FUNCTION @extschema@._export_leads_tenant_tables_plan()
RETURNS TABLE (object text, detail text, sql text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH reader AS (SELECT to_regrole('@reader@')::oid AS oid),
    condition AS (SELECT 'tenant = (SELECT @extschema@.export_leads_tenant())' AS text)
    SELECT 'tables of the history', 'what the history and schedules read and write',
           format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO @reader@', string_agg(t.relation::text, ', '))
    FROM @extschema@._export_leads_tenant_tables() AS t (relation) CROSS JOIN reader AS r
    WHERE r.oid IS NULL
       OR EXISTS (SELECT FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS p (privilege)
                  WHERE NOT has_table_privilege(r.oid, t.relation, p.privilege))
    HAVING count(*) > 0
    UNION ALL
    SELECT '@extschema@.export_leads_configuration', 'the rules of the history',
           'GRANT SELECT (keep_files, keep_rows, tenant_quota, week_begins, time_zone, shown_time_zone) '
           'ON @extschema@.export_leads_configuration TO @reader@'
    FROM reader AS r
    WHERE r.oid IS NULL
       OR EXISTS (SELECT
                  FROM unnest(ARRAY['keep_files', 'keep_rows', 'tenant_quota', 'week_begins', 'time_zone',
                                    'shown_time_zone']) AS c (name)
                  WHERE NOT has_column_privilege(r.oid, '@extschema@.export_leads_configuration', c.name, 'SELECT'))
    UNION ALL
    SELECT 'functions of the history', 'what the reader calls',
           'SELECT @extschema@._export_leads_let_reader_call(true)'
    FROM @extschema@._export_leads_reader_functions() AS f (function) CROSS JOIN reader AS r
    WHERE r.oid IS NULL OR NOT has_function_privilege(r.oid, f.function, 'EXECUTE')
    HAVING count(*) > 0
    UNION ALL
    SELECT t.relation::text, 'a policy that is not as it must be', format('DROP POLICY %I ON %s', p.polname, t.relation)
    FROM @extschema@._export_leads_tenant_tables() AS t (relation)
    JOIN pg_policy AS p ON p.polrelid = t.relation
    WHERE NOT p.polpermissive
       OR (p.polname = 'export_leads_own_tenant' AND NOT @extschema@._export_leads_is_tenant_policy(p))
    UNION ALL
    SELECT t.relation::text, 'holds the reader to the tenant of the call',
           format('CREATE POLICY export_leads_own_tenant ON %s FOR ALL TO @reader@ USING (%s) WITH CHECK (%s)',
                  t.relation, c.text, c.text)
    FROM @extschema@._export_leads_tenant_tables() AS t (relation) CROSS JOIN condition AS c
    WHERE NOT EXISTS (SELECT FROM pg_policy AS p
                      WHERE p.polrelid = t.relation AND @extschema@._export_leads_is_tenant_policy(p))
    UNION ALL
    SELECT t.relation::text, 'row security', format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t.relation)
    FROM @extschema@._export_leads_tenant_tables() AS t (relation) JOIN pg_class AS c ON c.oid = t.relation
    WHERE NOT c.relrowsecurity
    UNION ALL
    SELECT t.relation::text, 'the foreign key to the exports',
           format('ALTER TABLE %s ADD FOREIGN KEY (tenant, export_id) REFERENCES %s (tenant, export_id) '
                  'ON DELETE CASCADE', t.relation, '@extschema@.export_leads_exports'::regclass)
    FROM @extschema@._export_leads_lack_foreign_key() AS t (relation);
END;
COMMENT ON FUNCTION @extschema@._export_leads_tenant_tables_plan() IS
    'Internal: what the extension''s tables, and the reader on them, lack: its statements, for export_leads_setup()';

-- What takes it away again.
CREATE FUNCTION @extschema@._export_leads_tenant_tables_teardown()
RETURNS TABLE (object text, detail text, sql text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT t.relation::text, 'a policy of set-up', format('DROP POLICY %I ON %s', p.polname, t.relation)
    FROM @extschema@._export_leads_tenant_tables() AS t (relation)
    JOIN pg_policy AS p ON p.polrelid = t.relation AND p.polname = 'export_leads_own_tenant'
    UNION ALL
    SELECT t.relation::text, 'the reader''s grants', format('REVOKE ALL ON %s FROM @reader@', t.relation)
    FROM @extschema@._export_leads_tenant_tables() AS t (relation)
    JOIN pg_class AS c ON c.oid = t.relation
    WHERE EXISTS (SELECT FROM aclexplode(c.relacl) AS acl WHERE acl.grantee = to_regrole('@reader@'))
    UNION ALL
    SELECT '@extschema@.export_leads_configuration', 'the reader''s grants',
           format('REVOKE ALL (%s) ON %s FROM @reader@',
                  string_agg(quote_ident(g.column_name), ', ' ORDER BY g.column_name),
                  '@extschema@.export_leads_configuration')
    FROM @extschema@._export_leads_reader_columns('@extschema@.export_leads_configuration'::regclass) AS g
    HAVING count(*) > 0
    UNION ALL
    SELECT 'functions of the history', 'the reader''s grants',
           'SELECT @extschema@._export_leads_let_reader_call(false)'
    FROM @extschema@._export_leads_reader_functions() AS f (function)
    JOIN pg_proc AS p ON p.oid = f.function
    WHERE EXISTS (SELECT FROM aclexplode(p.proacl) AS acl WHERE acl.grantee = to_regrole('@reader@'))
    HAVING count(*) > 0;
END;
COMMENT ON FUNCTION @extschema@._export_leads_tenant_tables_teardown() IS
    'Internal: the statements that undo set-up on the extension''s own tables';

CREATE FUNCTION @extschema@._export_leads_check_history(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT 'history_not_set_up', 'warning', p.object,
           format('exports cannot be kept, scheduled or fetched again: %s is missing for %s', p.detail, p.object),
           'SELECT * FROM @extschema@.export_leads_setup();'
    FROM @extschema@._export_leads_tenant_tables_plan() AS p
    -- Without these there is another finding, which set-up mends with the same call.
    WHERE (configuration).leads IS NOT NULL AND to_regrole('@reader@') IS NOT NULL
      AND @extschema@._export_leads_is_coordinator()
      AND to_regprocedure('@extschema@.export_leads_tenant()') IS NOT NULL
    ORDER BY p.object, p.detail
    LIMIT 1;
END;
COMMENT ON FUNCTION @extschema@._export_leads_check_history(@extschema@.export_leads_configuration) IS
    'Internal: what the reader lacks for the history, for export_leads_check()';
