-- A function of a superuser's that is merely named in the extension's manner (a job of the site's, say) is no danger:
-- it has no member's name, so that no call could mean it. The doctor does not print that it is to be dropped.

BEGIN;
SET client_min_messages = warning;
\i test/fixtures/application.sql
CREATE SCHEMA export_leads;
CREATE EXTENSION export_leads SCHEMA export_leads;
CREATE FUNCTION export_leads.export_leads_nightly() RETURNS int LANGUAGE sql RETURN 1;

SELECT plan(2);
SELECT is_empty('SELECT c.remediation FROM export_leads.export_leads_check() AS c WHERE c.name = ''function_foreign''',
                'the doctor has nothing against it');
SELECT is(test_error('SELECT count(*) FROM export_leads.export_leads_setup()'), 'no error', 'and set-up runs');
SELECT finish();
ROLLBACK;
