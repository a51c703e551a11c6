-- Policies of two tables may have one name: accepting one of them, or accepting it again, accepts no other.

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
               'a policy is not accepted because another one of its name is');
ALTER POLICY live ON leads USING (notes IS DISTINCT FROM 'gone');
SELECT remediation FROM export_leads_check() WHERE name = 'accepted_policy_changed' \gset
SELECT is(test_error(:'remediation'), 'no error', 'what has changed is accepted again as the doctor says');
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new')$$),
               '^55000: restrictive policy "live" on table "public.call_log" could hide',
               'which does not accept what he has reported as another error');

-- One that was accepted and dropped since is in the way of no other.
CREATE POLICY gone ON call_log AS RESTRICTIVE USING (true);
SELECT count(*) AS steps FROM export_leads_setup(accepted_policies => '{public.leads.live,gone}') \gset
DROP POLICY gone ON call_log;
ALTER POLICY live ON leads USING (notes IS DISTINCT FROM 'deleted');
SELECT remediation FROM export_leads_check() WHERE name = 'accepted_policy_changed' \gset
SELECT is(test_error(:'remediation'), 'no error', 'what has changed is accepted again where another one was dropped');

SELECT finish();
ROLLBACK;
