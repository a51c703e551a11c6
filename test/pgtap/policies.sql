-- Where policies, row security, grants or columns are not as they should be, exports stop rather than return too much
-- or too little, export_leads_check() names what is wrong, and its remediation, run as printed, brings the right file
-- back.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(188);
CREATE EXTENSION export_leads;
-- An application may export, or the check would say that none does.
SELECT count(export_leads_allow('crm_app')) AS allowed \gset
GRANT USAGE ON SCHEMA public TO crm_app;
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT test_expected_csv('7', 'new') AS expected \gset
SELECT is(export_leads_csv('7', 'new'), :'expected', 'after set-up the export is right');
SELECT is_empty('SELECT * FROM export_leads_check()', 'after set-up export_leads_check() has no findings');

-- What every breakage has in common. Where a remediation leaves something to be decided, `decision` is what a DBA does.
CREATE FUNCTION test_breakage(breakage text, finding text, name text, object text, decision text DEFAULT NULL)
RETURNS SETOF text
LANGUAGE plpgsql
AS $$
DECLARE
    expected CONSTANT text := test_expected_csv('7', 'new');
BEGIN
    EXECUTE breakage;
    RETURN NEXT is(test_error($sql$SELECT export_leads_csv('7', 'new')$sql$),
                   format('55000: %s ("SELECT * FROM public.export_leads_check()" '
                          'shows what is wrong and how to mend it.)', finding),
                   'an export is refused after ' || breakage);
    RETURN NEXT is((SELECT string_agg(format('%s %s %s', c.name, c.level, c.object), ', ')
                    FROM export_leads_check() AS c WHERE c.detail = finding),
                   format('%s error %s', name, object), 'export_leads_check() has one finding after ' || breakage);
    IF decision IS NOT NULL THEN
        EXECUTE decision;
    ELSE
        PERFORM test_mend();
    END IF;
    RETURN NEXT is_empty($sql$SELECT * FROM export_leads_check() WHERE level <> 'info'$sql$,
                         'the remediation leaves nothing to mend after ' || breakage);
    RETURN NEXT is(export_leads_csv('7', 'new'), expected, 'the file is right again after ' || breakage);
END;
$$;

-- Ours dropped, renamed or altered in each of its parts, on each of the tables.
SELECT test_breakage(format('DROP POLICY %I ON %I', policy, site_table),
                     format('policy "%s" on table "public.%s" does not exist', policy, site_table),
                     'policy_missing', 'public.' || site_table)
FROM unnest(ARRAY['leads', 'lead_statuses', 'call_log']) AS site_table,
     unnest(ARRAY['export_leads_only_tenant', 'export_leads_tenant_rows']) AS policy;

SELECT test_breakage(format(breakage, policy),
                     format('policy "%s" on table "public.leads" is not as set-up created it', policy),
                     'policy_altered', 'public.leads')
FROM unnest(ARRAY['export_leads_only_tenant', 'export_leads_tenant_rows']) AS policy,
     unnest(ARRAY['ALTER POLICY %I ON leads USING (true)',
                  'ALTER POLICY %I ON leads USING (tenant_id = 7)',
                  'ALTER POLICY %I ON leads USING (id = (SELECT export_leads_tenant()::int4))',
                  'ALTER POLICY %I ON leads USING (tenant_id >= (SELECT export_leads_tenant()::int4))',
                  'ALTER POLICY %I ON leads TO crm_app',
                  'ALTER POLICY %I ON leads TO PUBLIC',
                  'ALTER POLICY %I ON leads TO export_leads_reader, crm_app']) AS breakage;
SELECT test_breakage('ALTER POLICY export_leads_tenant_rows ON call_log RENAME TO renamed',
                     'policy "export_leads_tenant_rows" on table "public.call_log" does not exist',
                     'policy_missing', 'public.call_log');
DROP POLICY renamed ON call_log;
SELECT test_breakage('ALTER POLICY export_leads_only_tenant ON call_log RENAME TO renamed',
                     'policy "export_leads_only_tenant" on table "public.call_log" does not exist',
                     'policy_missing', 'public.call_log',
                     'ALTER POLICY renamed ON call_log RENAME TO export_leads_only_tenant');

-- What ALTER POLICY cannot change, DROP and CREATE can.
SELECT test_breakage(format('DROP POLICY %1$I ON lead_statuses; CREATE POLICY %1$I ON lead_statuses AS %2$s '
                            'TO export_leads_reader '
                            'USING (business_id = (SELECT export_leads_tenant()::int4))%3$s', policy, attributes,
                            with_check),
                     format('policy "%s" on table "public.lead_statuses" is not as set-up created it', policy),
                     'policy_altered', 'public.lead_statuses')
FROM (VALUES ('export_leads_only_tenant', 'PERMISSIVE FOR SELECT', ''),
             ('export_leads_only_tenant', 'RESTRICTIVE FOR ALL', ''),
             ('export_leads_only_tenant', 'RESTRICTIVE FOR UPDATE', ''),
             ('export_leads_only_tenant', 'RESTRICTIVE FOR ALL', ' WITH CHECK (true)'),
             ('export_leads_tenant_rows', 'RESTRICTIVE FOR SELECT', ''),
             ('export_leads_tenant_rows', 'PERMISSIVE FOR ALL', ''),
             ('export_leads_tenant_rows', 'PERMISSIVE FOR DELETE', '')) AS v (policy, attributes, with_check);

-- Row security, also disabled in the transaction that has just exported.
SELECT test_breakage(format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', site_table),
                     format('row security is disabled on table "public.%s"', site_table),
                     'row_security_disabled', 'public.' || site_table)
FROM unnest(ARRAY['leads', 'lead_statuses', 'call_log']) AS site_table;

-- The reader and its grants.
SELECT test_breakage(format('REVOKE SELECT (%I) ON %I FROM export_leads_reader', site_column, site_table),
                     format('role "export_leads_reader" has no SELECT on column "%s" of table "public.%s"',
                            site_column, site_table),
                     'grant_missing', 'public.' || site_table)
FROM (VALUES ('leads', 'tenant_id'), ('leads', 'notes'), ('leads', 'first_name'),
             ('lead_statuses', 'label'), ('call_log', 'lead_id')) AS v (site_table, site_column);
SELECT test_breakage('REVOKE USAGE ON SCHEMA public FROM PUBLIC, export_leads_reader',
                     'role "export_leads_reader" has no USAGE on schema "public"', 'grant_missing', 'public');
GRANT USAGE ON SCHEMA public TO PUBLIC;
SELECT test_breakage('REVOKE EXECUTE ON FUNCTION export_leads_tenant() FROM export_leads_reader',
                     'role "export_leads_reader" has no EXECUTE on function public.export_leads_tenant()',
                     'grant_missing', 'public.export_leads_tenant()');
SELECT test_breakage('ALTER FUNCTION export_leads_tenant() PARALLEL SAFE',
                     'function public.export_leads_tenant() is marked PARALLEL SAFE, '
                     'but parallel workers do not know the tenant',
                     'function_altered', 'public.export_leads_tenant()');
SELECT test_breakage('DROP OWNED BY export_leads_reader; DROP ROLE export_leads_reader',
                     'role "export_leads_reader" does not exist', 'reader_missing', 'export_leads_reader');
CREATE FUNCTION test_lost(breakage text)
RETURNS SETOF text
LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE breakage;
    RETURN NEXT matches(test_error($sql$SELECT export_leads_csv('7', 'new')$sql$),
                        '^55000: role "export_leads_reader" has no ',
                        'an export is refused after ' || breakage);
    RETURN NEXT set_has('SELECT name, object FROM export_leads_check()',
                        $sql$VALUES ('grant_missing', 'public.export_leads_tenant()')$sql$,
                        'export_leads_check() names what is lost after ' || breakage);
    PERFORM test_mend();
    RETURN NEXT is_empty('SELECT * FROM export_leads_check()', 'the remediations leave no findings after ' || breakage);
    RETURN NEXT is(export_leads_csv('7', 'new'), test_expected_csv('7', 'new'),
                   'the file is right again after ' || breakage);
END;
$$;
SELECT test_lost('DROP OWNED BY export_leads_reader');
SELECT test_lost('DROP OWNED BY export_leads_reader; DROP ROLE export_leads_reader; CREATE ROLE export_leads_reader');

-- Columns.
SELECT test_breakage('ALTER TABLE leads RENAME source TO origin; ALTER TABLE leads ADD source text',
                     '"source" is in column "origin" of table "public.leads", but "source" is another column now',
                     'column_replaced', 'public.leads', $$SELECT * FROM export_leads_setup(source => 'origin')$$);
SELECT test_breakage('ALTER TABLE leads RENAME tenant_id TO business_id; ALTER TABLE leads ADD tenant_id int',
                     '"lead_tenant" is in column "business_id" of table "public.leads", but '
                     '"tenant_id" is another column now',
                     'column_replaced', 'public.leads',
                     $$SELECT * FROM export_leads_setup(lead_tenant => 'business_id')$$);
UPDATE leads SET email = NULL;
SELECT test_expected_csv('7', 'new') AS expected \gset
DROP VIEW test_leads;
ALTER TABLE leads DROP COLUMN email;
SELECT is(test_error($$SELECT export_leads_csv('7', 'new')$$),
          '55000: column "email" of table "public.leads" does not exist '
          '("SELECT * FROM public.export_leads_check()" shows what is wrong and how to mend it.)',
          'exports stop where a mapped column was dropped');
SELECT count(*) AS steps FROM export_leads_setup(email => '') \gset
SELECT is_empty($$SELECT * FROM export_leads_check() WHERE level <> 'info'$$,
                'a dropped column is no finding once set-up is told that there is none');
SELECT is(export_leads_csv('7', 'new'), :'expected', 'the file is right once set-up is told that a column is gone');

-- Tables.
ALTER TABLE leads RENAME TO prospects;
SELECT is(export_leads_csv('7', 'new'), :'expected', 'an export follows a table that is renamed');
ALTER TABLE prospects RENAME TO leads;
DROP TABLE call_log CASCADE;
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new')$$),
               '^55000: table "public.call_log", which held the calls, is gone',
               'exports stop where a table was dropped');
SELECT results_eq('SELECT name, level FROM export_leads_check() WHERE level <> ''info''',
                  $$VALUES ('table_missing', 'error')$$, 'export_leads_check() finds the table that was dropped');

SELECT finish();
ROLLBACK;
