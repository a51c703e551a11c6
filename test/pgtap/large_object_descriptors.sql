-- The caller's open large objects are the caller's: code behind a policy can neither read one nor close it, whose
-- privileges were checked when the caller opened it.

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
               'code behind a policy cannot read it');

SAVEPOINT position;
SELECT set_config('test.code', format('SELECT lo_lseek(%s, 4, 0)', :descriptor), true) AS code \gset
SELECT test_error($$SELECT export_leads_csv('7', 'new')$$) AS error \gset
SELECT is(lo_tell(:descriptor), 0, 'nor move in it');
ROLLBACK TO position;

SELECT set_config('test.code', format('SELECT lo_close(%s)', :descriptor), true) AS code \gset
SELECT test_error($$SELECT export_leads_csv('7', 'new')$$) AS error \gset
SELECT is(test_error(format('SELECT lo_tell(%s)', :descriptor)), 'no error', 'nor close it');

SELECT finish();
ROLLBACK;
