-- Policies of two tables may have the same name: accepting one of them, or accepting it again, does not accept the
-- other.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(4);
CREATE EXTENSION export_leads;
SELECT count(*) AS steps FROM export_leads_setup() \gset
CREATE POLICY live ON leads AS RESTRICTIVE USING (notes IS DISTINCT FROM 'deleted');
SELECT count(*) AS steps FROM export_leads_setup(accepted_policies => '{live}') \gset
CREATE POLICY live ON call_log AS RESTRICTIVE USING (false);
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new')$$),
               '^55000: restrictive policy "live" on table "public.call_log" could hide',
               'accepting a policy does not accept the policy of that name on another table');
ALTER POLICY live ON leads USING (notes IS DISTINCT FROM 'gone');
SELECT remediation FROM export_leads_check() WHERE name = 'accepted_policy_changed' \gset
SELECT is(test_error(:'remediation'), 'no error',
          'the remediation accepts a changed policy that shares its name with another');
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new')$$),
               '^55000: restrictive policy "live" on table "public.call_log" could hide',
               'accepting a changed policy again does not accept the policy of that name on another table');

-- A policy that was accepted and has been dropped since is not in the way.
CREATE POLICY gone ON call_log AS RESTRICTIVE USING (true);
SELECT count(*) AS steps FROM export_leads_setup(accepted_policies => '{public.leads.live,gone}') \gset
DROP POLICY gone ON call_log;
ALTER POLICY live ON leads USING (notes IS DISTINCT FROM 'deleted');
SELECT remediation FROM export_leads_check() WHERE name = 'accepted_policy_changed' \gset
SELECT is(test_error(:'remediation'), 'no error',
          'the remediation accepts a changed policy although another accepted policy was dropped');

SELECT finish();
ROLLBACK;
