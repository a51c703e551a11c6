-- Set-up gives what one tenant has kept to no other.

BEGIN;
\i test/fixtures/application.sql
SELECT * FROM no_plan();
CREATE EXTENSION export_leads;
SELECT count(*) AS steps FROM export_leads_setup() \gset

CREATE FUNCTION test_set_up(arguments text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SELECT count(*) FROM export_leads_setup(%s)', arguments);
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ': ' || SQLERRM;
END;
$$;
CREATE FUNCTION test_kept() RETURNS text LANGUAGE sql AS $$
    SELECT format('%s files, %s schedules', (SELECT count(*) FROM export_leads_exports),
                  (SELECT count(*) FROM export_leads_schedules)) $$;
\set refusal '55000: there are exports or schedules that tenants have kept, and they may be other tenants now'

ALTER TABLE leads ADD agency_id int;
ALTER TABLE call_log ADD agency_id int;
UPDATE leads SET agency_id = CASE tenant_id WHEN 13 THEN 7 ELSE 9 END;
\set agencies 'lead_tenant => \'agency_id\', call_tenant => \'agency_id\', status_tenant => \'\''
SELECT export_id AS file FROM export_leads_save(7, 'new') \gset
SELECT export_leads_schedule(7, 'new', '08:00') AS schedule \gset
SELECT is(test_set_up(:'agencies'), :'refusal', 'set-up refuses another tenant column');
SELECT is(test_set_up(:'agencies' || ', dry_run => true'), :'refusal', 'so it does when it only tries');
SELECT is(test_kept(), '1 files, 1 schedules', 'nothing is lost then');

ALTER TABLE leads RENAME tenant_id TO company_id;
SELECT is(test_set_up(''), 'no error', 'a tenant column that was renamed is the same');
SELECT is((SELECT count(*) FROM export_leads_saved(7, :'file')), 1::bigint, 'and a tenant still has its files');
ALTER TABLE leads RENAME company_id TO tenant_id;

SELECT count(*) AS steps FROM export_leads_teardown() \gset
SELECT is(test_set_up(''), :'refusal', 'after a teardown nobody knows whether the tenants are the same');
SELECT is(test_set_up('keep_history => true'), 'no error', 'the DBA can say so');
SELECT is((SELECT count(*) FROM export_leads_saved(7, :'file')), 1::bigint, 'and tenants have what they had');
SELECT is(test_set_up(''), 'no error', 'which need not be said again');

SELECT is(test_set_up(:'agencies' || ', keep_history => false, dry_run => true'), 'no error', 'or that they are not');
SELECT is(test_kept(), '1 files, 1 schedules', 'which removes nothing when it is only tried');
SELECT is(test_set_up(:'agencies' || ', keep_history => false'), 'no error', 'and in earnest');
SELECT is(test_kept(), '0 files, 0 schedules', 'removes all that was kept');

SELECT finish();
ROLLBACK;
