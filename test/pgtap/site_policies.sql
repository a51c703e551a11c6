-- A site's own permissive policies open nothing, restrictive ones that would make a file short are refused, inherited,
-- partitioned and foreign tables are read under our policies, and what row security does not bind is refused.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(53);
CREATE EXTENSION export_leads;
-- An application may export, or the check would say that none does.
SELECT count(export_leads_allow('crm_app')) AS allowed \gset
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT test_expected_csv('7', 'new') AS expected \gset

CREATE FUNCTION test_refused(finding text, what text)
RETURNS SETOF text
LANGUAGE plpgsql
AS $$
BEGIN
    RETURN NEXT is(test_error($sql$SELECT export_leads_csv('7', 'new')$sql$),
                   format('55000: %s ("SELECT * FROM public.export_leads_check()" '
                          'shows what is wrong and how to mend it.)', finding),
                   what);
    RETURN NEXT ok(EXISTS (SELECT FROM export_leads_check() AS c
                           WHERE c.level = 'error' AND starts_with(c.detail, finding)),
                   'export_leads_check() finds it, too: ' || what);
END;
$$;

-- Permissive policies, with export_leads_others and without.
CREATE FUNCTION test_permissive(condition text)
RETURNS SETOF text
LANGUAGE plpgsql
AS $$
DECLARE
    site_table text;
BEGIN
    FOREACH site_table IN ARRAY ARRAY['leads', 'lead_statuses', 'call_log'] LOOP
        EXECUTE format('CREATE POLICY site ON %I USING (%s)', site_table, condition);
        EXECUTE format('CREATE POLICY a_site ON %I FOR SELECT TO export_leads_reader USING (%s)', site_table,
                       condition);
    END LOOP;
    RETURN NEXT is(export_leads_csv('7', 'new'), test_expected_csv('7', 'new'),
                   format('a permissive policy (%s) opens nothing', condition));
    RETURN NEXT results_eq('SELECT DISTINCT name, level FROM export_leads_check()',
                           $sql$VALUES ('permissive_policy', 'info')$sql$,
                           format('a permissive policy (%s) is a finding for information only', condition));
    FOREACH site_table IN ARRAY ARRAY['leads', 'lead_statuses', 'call_log'] LOOP
        EXECUTE format('DROP POLICY site ON %I', site_table);
        EXECUTE format('DROP POLICY a_site ON %I', site_table);
    END LOOP;
END;
$$;
SELECT test_permissive(condition)
FROM unnest(ARRAY['true', 'false', $$current_setting('app.tenant', true) = '13'$$]) AS condition;
DROP POLICY export_leads_others ON leads;
DROP POLICY export_leads_others ON lead_statuses;
DROP POLICY export_leads_others ON call_log;
SET app.tenant = '13';
SELECT test_permissive(condition)
FROM unnest(ARRAY['true', 'false', $$current_setting('app.tenant', true) = '13'$$, 'random() < 0.5']) AS condition;
SET row_security = off;
SELECT test_permissive('true');
SET row_security = on;

-- A policy that reads one of the three. (What may read other tables is in ignored_policies.sql.)
CREATE POLICY site ON leads USING (EXISTS (SELECT FROM lead_statuses AS s WHERE s.name = leads.status));
SELECT is(export_leads_csv('7', 'new'), :'expected',
          'a permissive policy that reads one of the three tables opens nothing');
DROP POLICY site ON leads;

-- Restrictive policies that could hide rows.
CREATE POLICY "site's" ON leads AS RESTRICTIVE USING (id <> 1);
SELECT test_refused('restrictive policy "site''s" on table "public.leads" could hide leads from an export',
                    'a restrictive policy for PUBLIC is refused');
ALTER POLICY "site's" ON leads TO crm_app, export_leads_reader;
SELECT test_refused('restrictive policy "site''s" on table "public.leads" could hide leads from an export',
                    'a restrictive policy for the reader among others is refused');
ALTER POLICY "site's" ON leads USING (true);
SELECT test_refused('restrictive policy "site''s" on table "public.leads" could hide leads from an export',
                    'a restrictive policy is refused even where it hides nothing today');
ALTER POLICY "site's" ON leads TO crm_app;
SELECT is(export_leads_csv('7', 'new'), :'expected', 'a restrictive policy for another role does not affect exports');
DROP POLICY "site's" ON leads;
CREATE POLICY site ON leads AS RESTRICTIVE FOR UPDATE USING (false);
SELECT is(export_leads_csv('7', 'new'), :'expected', 'a restrictive policy for UPDATE does not affect exports');
DROP POLICY site ON leads;
CREATE POLICY "site's" ON call_log AS RESTRICTIVE FOR SELECT USING (false);
SELECT test_refused('restrictive policy "site''s" on table "public.call_log" could hide leads from an export',
                    'a restrictive policy on the calls is refused');
SELECT test_mend() AS mended \gset
SELECT is(export_leads_csv('7', 'new'), :'expected',
          'the remediation of a restrictive policy on the calls brings the file back');
DROP POLICY "site's" ON call_log;

-- The remediation exempts the reader: everybody else stays bound, and so does whoever comes later.
CREATE ROLE latecomer NOLOGIN;
CREATE POLICY site ON call_log USING (true);
CREATE POLICY "only 7" ON call_log AS RESTRICTIVE USING (business_id = 7);
SELECT test_mend() AS mended \gset
GRANT SELECT ON call_log TO latecomer;
SET ROLE latecomer;
SELECT cmp_ok((SELECT count(*) FROM call_log), '>', 0::bigint, 'a role that is granted the table later sees calls');
SELECT is((SELECT count(*) FROM call_log WHERE business_id = 13), 0::bigint,
          'a role that is granted the table later is bound by a restrictive policy that was mended');
RESET ROLE;
SELECT is(export_leads_csv('7', 'new'), :'expected', 'the file is right after a restrictive policy was mended');
DROP POLICY IF EXISTS "only 7" ON call_log;
DROP POLICY site ON call_log;
REVOKE SELECT ON call_log FROM latecomer;

-- A policy that exports obey and the reader may not evaluate: a fault of the set-up, not of the caller.
CREATE FUNCTION site_private() RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RETURN true; END$$;
REVOKE EXECUTE ON FUNCTION site_private() FROM PUBLIC;
CREATE POLICY zone ON leads AS RESTRICTIVE USING (site_private());
SELECT count(*) AS steps
FROM export_leads_setup(accepted_policies => '{zone}', mutable_policies => '{zone}') \gset
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new')$$), '^55000: ',
               'a policy whose function the reader may not call stops exports');
SELECT results_eq('SELECT name FROM export_leads_check() WHERE level = ''error''', ARRAY['grant_missing'],
                  'export_leads_check() finds the missing EXECUTE on a policy''s function');
DROP POLICY zone ON leads;

-- FORCE binds the owner, not the reader more than before.
ALTER TABLE leads FORCE ROW LEVEL SECURITY;
ALTER TABLE call_log FORCE ROW LEVEL SECURITY;
SELECT is(export_leads_csv('7', 'new'), :'expected', 'forced row security makes no difference');

-- Inheritance: a child's rows are read under its parent's policies, and the child's own are not asked.
CREATE TABLE old_leads () INHERITS (leads);
ALTER TABLE old_leads OWNER TO crm_app;
INSERT INTO old_leads (id, tenant_id, name, status, created_at) VALUES
    (300, 7, 'from a child', 'new', '2020-01-01'), (301, 13, 'SECRET13', 'new', '2020-01-01'),
    (302, NULL, 'SECRET13', 'new', '2020-01-01');
ALTER TABLE old_leads ENABLE ROW LEVEL SECURITY;
CREATE POLICY open ON old_leads USING (true);
SELECT is(export_leads_csv('7', 'new'), test_expected_csv('7', 'new'), 'an export holds the rows of a child table');
SELECT matches(export_leads_csv('7', 'new'), 'from a child', 'an export holds the lead that only the child table has');
CREATE POLICY shut ON old_leads AS RESTRICTIVE USING (false);
SELECT is(export_leads_csv('7', 'new'), test_expected_csv('7', 'new'),
          'an export holds the rows of a child table whose own policies hide them');
SELECT is(has_any_column_privilege('export_leads_reader', 'old_leads', 'SELECT'), false,
          'the reader has no grant on the child');
DROP TABLE old_leads;

-- Partitions.
SELECT count(*) AS steps FROM export_leads_teardown() \gset
ALTER TABLE leads RENAME TO all_leads;
CREATE TABLE leads (LIKE all_leads) PARTITION BY LIST (tenant_id);
CREATE TABLE leads_7 PARTITION OF leads FOR VALUES IN (7) PARTITION BY RANGE (id);
CREATE TABLE leads_7_a PARTITION OF leads_7 FOR VALUES FROM (0) TO (5);
CREATE TABLE leads_7_b PARTITION OF leads_7 FOR VALUES FROM (5) TO (10000);
CREATE TABLE leads_rest PARTITION OF leads DEFAULT;
INSERT INTO leads SELECT * FROM all_leads;
ALTER TABLE leads_7_b ENABLE ROW LEVEL SECURITY;
CREATE POLICY shut ON leads_7_b AS RESTRICTIVE USING (false);
SELECT is((SELECT detail FROM export_leads_setup() WHERE object = 'leads' AND action = 'found'), 'public.leads',
          'set-up finds a partitioned table');
SELECT is(export_leads_csv('7', 'new'), :'expected',
          'an export holds all rows of partitions with policies of their own');
SELECT is(export_leads_csv('13', 'new'), test_expected_csv('13', 'new'),
          'an export holds the rows of the default partition');
SELECT is(export_leads_csv(8, 'new'), test_expected_csv('8', 'new'),
          'an export of another tenant holds no rows of the default partition');
SELECT is(has_any_column_privilege('export_leads_reader', 'leads_7_a', 'SELECT'), false,
          'the reader has no grant on a partition');
ALTER TABLE leads DETACH PARTITION leads_7;
SELECT is(export_leads_csv('7', 'new'), test_expected_csv('99', 'new'),
          'an export holds no rows of a partition that was detached');

-- Foreign partitions are read under the parent's policies, whatever the other server sends.
CREATE EXTENSION file_fdw;
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE leads_8 PARTITION OF leads FOR VALUES IN (8) SERVER files
    OPTIONS (program $$printf '900,8,from,far,,,,,new,,2025-01-01\n901,13,SECRET13,SECRET13,,,,,new,,2025-01-01\n'$$,
             format 'csv');
SELECT matches(export_leads_csv('8', 'new'), '\r\nnew,new,900,from far,,,2025-01-01T00:00:00,,,,\r\n$',
               'an export holds the tenant''s leads of a foreign partition');
SELECT unalike(export_leads_csv('8', 'new'), '%SECRET13%',
               'an export holds no other tenant''s leads of a foreign partition');
SELECT is_empty('SELECT * FROM export_leads_check()', 'export_leads_check() has no findings about a foreign partition');

-- What row security does not bind, however it got into the configuration.
CREATE VIEW a_view AS SELECT * FROM all_leads;
CREATE MATERIALIZED VIEW a_materialized_view AS SELECT * FROM all_leads;
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER nowhere FOREIGN DATA WRAPPER nowhere;
CREATE FOREIGN TABLE a_foreign_table () INHERITS (all_leads) SERVER nowhere;
ALTER FOREIGN TABLE a_foreign_table NO INHERIT all_leads;
GRANT SELECT ON a_view, a_materialized_view, a_foreign_table TO export_leads_reader;
CREATE FUNCTION test_configured(relation regclass)
RETURNS SETOF text
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE export_leads_configuration SET leads = relation;
    RETURN QUERY SELECT test_refused(format('"public.%s" is not a table', relation),
                                     format('the leads in %s are refused', relation));
END;
$$;
SELECT test_configured(relation)
FROM unnest(ARRAY['a_view', 'a_materialized_view', 'a_foreign_table']::regclass[]) AS relation;

SELECT finish();
ROLLBACK;
