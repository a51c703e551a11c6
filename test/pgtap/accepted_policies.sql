-- Exports obey a site's own restrictive policy that set-up was told to accept, and stop when it changes. Its code sees
-- the rows of the export's tenant alone.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(23);
CREATE EXTENSION export_leads;
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT test_expected_csv('7', 'new') AS expected \gset

CREATE POLICY not_deleted ON leads AS RESTRICTIVE USING (notes IS DISTINCT FROM 'deleted');
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new')$$), '^55000: restrictive policy "not_deleted"',
               'a restrictive policy that nobody accepted stops exports');
SELECT is(test_error($$SELECT * FROM export_leads_setup(accepted_policies => '{not_there}')$$),
          '42704: no such restrictive policy: not_there (SELECT * FROM pg_policies shows the policies of the tables.)',
          'a policy that does not exist cannot be accepted');
SELECT is(test_error($$SELECT * FROM export_leads_setup(accepted_policies => '{export_leads_only_tenant}')$$),
          '42704: no such restrictive policy: export_leads_only_tenant (SELECT * FROM pg_policies shows the policies '
          'of the tables.)',
          'a policy that set-up created cannot be accepted as the site''s own');
SELECT results_eq($$SELECT action, object FROM export_leads_setup(accepted_policies => '{not_deleted}')
                    WHERE action NOT IN ('found', 'rule')$$,
                  $$VALUES ('done', 'public.leads.not_deleted')$$,
                  'set-up accepts a restrictive policy by its name');
SELECT is(export_leads_csv('7', 'new'), :'expected', 'exports run again when the policy is accepted');
INSERT INTO leads (id, tenant_id, status, notes, created_at) VALUES (5000, 7, 'new', 'deleted', '2025-12-30');
SELECT is(export_leads_csv('7', 'new'), :'expected', 'an export leaves out the lead that an accepted policy hides');
SELECT results_eq($$SELECT action FROM export_leads_setup() WHERE action NOT IN ('found', 'rule')$$,
                  $$VALUES ('unchanged')$$, 'running set-up again keeps the accepted policy');
ALTER POLICY not_deleted ON leads TO crm_app, export_leads_reader;
SELECT is(export_leads_csv('7', 'new'), :'expected',
          'exports run when only the roles of an accepted policy have changed');

ALTER POLICY not_deleted ON leads USING (notes IS NOT NULL);
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new')$$),
               '^55000: restrictive policy "not_deleted" .* has changed since it was accepted',
               'exports stop when the condition of an accepted policy changes');
SELECT is((SELECT name FROM export_leads_check() WHERE level = 'error'), 'accepted_policy_changed',
          'export_leads_check() reports the changed policy as the only error');
SELECT lives_ok(remediation, 'the remediation of a changed policy runs')
FROM export_leads_check() WHERE level = 'error';
SELECT results_eq('SELECT name, level FROM export_leads_check() WHERE name <> ''nobody_may_export''',
                  $$VALUES ('accepted_policy', 'info')$$,
                  'after the remediation the accepted policy is reported as info, and nothing else is reported');
SELECT results_eq($$SELECT action, object FROM export_leads_setup(accepted_policies => '{}')
                    WHERE action NOT IN ('found', 'rule') ORDER BY 1$$,
                  $$VALUES ('done', 'public.leads.not_deleted'), ('to mend', 'public.leads')$$,
                  'accepting no policy forgets those that were accepted before');

-- A policy that reads another of the three tables sees only the tenant's rows there, too.
ALTER POLICY not_deleted ON leads TO PUBLIC USING (EXISTS (SELECT FROM lead_statuses AS s WHERE s.name = status));
DELETE FROM leads WHERE id = 5000;
SELECT count(*) AS steps FROM export_leads_setup(accepted_policies => '{not_deleted}') \gset
SELECT is(export_leads_csv('7', 'new'), :'expected', 'an accepted policy may read another of the three tables');
SELECT is(export_leads_csv('7', 'vip', '{lead_id}'), U&'\FEFFlead_id\000D\000A12\000D\000A',
          'an accepted policy finds the tenant''s rows in another of the three tables');
SELECT is(export_leads_csv('7', 'hidden', '{lead_id}'), U&'\FEFFlead_id\000D\000A',
          'an accepted policy finds no other tenant''s rows in another of the three tables');
SELECT count(*) AS steps FROM export_leads_setup(accepted_policies => '{}') \gset

-- The code of an accepted policy sees the rows of the export's tenant alone, although its name sorts before ours.
ALTER POLICY not_deleted ON leads TO crm_app;
CREATE FUNCTION test_tell(tenant int) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS
$$ BEGIN IF tenant <> 7 THEN RAISE 'saw a row of tenant %', tenant; END IF; RETURN true; END $$;
CREATE POLICY a_talkative_one ON leads AS RESTRICTIVE USING (test_tell(tenant_id));
SELECT count(*) AS steps
FROM export_leads_setup(accepted_policies => '{a_talkative_one}', mutable_policies => '{a_talkative_one}') \gset
SET LOCAL enable_indexscan = off;
SET LOCAL enable_bitmapscan = off;
SELECT is(test_error($$SELECT export_leads_csv('7', 'new')$$), 'no error',
          'the code of an accepted policy sees no row of another tenant');
SELECT matches(test_error($$SELECT export_leads_csv('13', 'new')$$), 'saw a row of tenant 13',
               'the code of an accepted policy sees the rows of the export''s tenant');

-- What is said of one that is gone.
CREATE FUNCTION test_gone() RETURNS text LANGUAGE sql AS
$$SELECT format('%s: %s', object, detail) FROM export_leads_check() WHERE name = 'accepted_policy_gone'$$;
SAVEPOINT accepted;
DROP POLICY a_talkative_one ON leads;
SELECT is(test_gone(), 'public.leads: exports obeyed policy "a_talkative_one" on table "public.leads", which is gone: '
                       'files hold what it hid', 'a policy that was dropped is named with its table');
ROLLBACK TO accepted;
CREATE TABLE others (LIKE leads INCLUDING ALL);
DROP TABLE leads CASCADE;
SELECT is(test_gone(), 'public.leads: exports obeyed policy "a_talkative_one" on table "public.leads", which is gone: '
                       'files hold what it hid',
          'one that was dropped with its table is named with what the table was');
ALTER TABLE others RENAME TO leads;
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT is(test_gone(), 'policy a_talkative_one: exports obeyed policy "a_talkative_one" on a table that was dropped: '
                       'files hold what it hid', 'and by itself once set-up has another table');
SELECT results_eq($$SELECT object FROM export_leads_setup(accepted_policies => '{}')
                    WHERE detail = 'a policy that is no longer accepted'$$, $$VALUES ('policy a_talkative_one')$$,
                  'set-up forgets it by that name');
SELECT is(test_gone(), NULL, 'and nothing is said of it any more');

SELECT finish();
ROLLBACK;
