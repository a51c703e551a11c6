-- A superuser's function in the extension's schema that is merely named in the extension's manner (a job of the site's,
-- say) is no danger: it has the name of no member, so that no call could mean it. export_leads_check() does not report
-- it, and set-up runs.

BEGIN;
SET client_min_messages = warning;
\i test/fixtures/application.sql
CREATE SCHEMA export_leads;
CREATE EXTENSION export_leads SCHEMA export_leads;
CREATE FUNCTION export_leads.export_leads_nightly() RETURNS int LANGUAGE sql RETURN 1;

SELECT plan(2);
SELECT is_empty('SELECT c.remediation FROM export_leads.export_leads_check() AS c WHERE c.name = ''function_foreign''',
                'export_leads_check() does not report a function that is merely named in our manner');
SELECT is(test_error('SELECT count(*) FROM export_leads.export_leads_setup()'), 'no error',
          'set-up runs beside a function that is merely named in our manner');
SELECT finish();
ROLLBACK;
