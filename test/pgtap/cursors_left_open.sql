-- Code behind a policy leaves no cursor open in the session: its query would run as whoever fetches from it.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(4);
CREATE FUNCTION site_code() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE current_setting('test.code');
    RETURN true;
END;
$$;
CREATE FUNCTION site_opens() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    opened refcursor := 'report';
BEGIN
    OPEN opened FOR SELECT current_user;
    RETURN true;
EXCEPTION WHEN duplicate_cursor THEN
    RETURN true;
END;
$$;
CREATE POLICY site_code ON lead_statuses AS RESTRICTIVE USING (site_code());
ALTER TABLE lead_statuses ENABLE ROW LEVEL SECURITY;
CREATE EXTENSION export_leads;
SELECT count(*) AS steps
FROM export_leads_setup(accepted_policies => '{site_code}', mutable_policies => '{site_code}') \gset

CREATE FUNCTION test_left_open(code text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('test.code', code, true);
    PERFORM test_error($sql$SELECT export_leads_csv('7', 'new')$sql$);
    RETURN NEXT is_empty($sql$SELECT name FROM pg_cursors WHERE name = 'report'$sql$,
                         'a policy that runs this leaves no cursor open: ' || code);
    RETURN NEXT is(test_error('DECLARE report CURSOR FOR SELECT 1'), 'no error',
                   'the name of the cursor is free after a policy has run this: ' || code);
    PERFORM test_error('CLOSE report');
END;
$$;
SELECT test_left_open('SELECT public.site_opens()');
SELECT test_left_open('DO $do$ BEGIN IF NOT EXISTS (SELECT FROM pg_cursors WHERE name = ''report'') THEN '
                      'EXECUTE ''DECLARE report CURSOR FOR SELECT current_user''; END IF; END $do$');

SELECT finish();
ROLLBACK;
