-- Code behind a policy can neither read nor move nor close the large objects that the caller of an export has open,
-- although privileges on them were checked when the caller opened them.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(3);
CREATE FUNCTION site_code() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE current_setting('test.code');
    RETURN true;
END;
$$;
CREATE POLICY site_code ON lead_statuses AS RESTRICTIVE USING (site_code());
ALTER TABLE lead_statuses ENABLE ROW LEVEL SECURITY;
CREATE EXTENSION export_leads;
SELECT count(*) AS steps
FROM export_leads_setup(accepted_policies => '{site_code}', mutable_policies => '{site_code}') \gset

SELECT lo_from_bytea(0, 'the caller''s own') AS object \gset
SELECT lo_open(:object, x'40000'::int) AS descriptor \gset
SELECT set_config('test.code',
                  format('DO $do$ BEGIN RAISE EXCEPTION ''read: %%'', convert_from(loread(%s, 100), ''UTF8''); '
                         'END $do$', :descriptor), true) AS code \gset
SELECT unalike(test_error($$SELECT export_leads_csv('7', 'new')$$), '%read: the caller''s own%',
               'code behind a policy cannot read a large object that the caller has open');

SAVEPOINT position;
SELECT set_config('test.code', format('SELECT lo_lseek(%s, 4, 0)', :descriptor), true) AS code \gset
SELECT test_error($$SELECT export_leads_csv('7', 'new')$$) AS error \gset
SELECT is(lo_tell(:descriptor), 0,
          'code behind a policy cannot move the position in a large object that the caller has open');
ROLLBACK TO position;

SELECT set_config('test.code', format('SELECT lo_close(%s)', :descriptor), true) AS code \gset
SELECT test_error($$SELECT export_leads_csv('7', 'new')$$) AS error \gset
SELECT is(test_error(format('SELECT lo_tell(%s)', :descriptor)), 'no error',
          'code behind a policy cannot close a large object that the caller has open');

SELECT finish();
ROLLBACK;
