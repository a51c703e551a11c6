-- Policies of two tables may have one name: accepting one of them, or accepting it again, accepts no other.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(3);
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

SELECT finish();
ROLLBACK;
