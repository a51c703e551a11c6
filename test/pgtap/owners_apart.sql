-- Set-up works where the tables have several owners, and where the owner of the leads has no USAGE on the schemas of
-- the other tables.

BEGIN;
SET client_min_messages = warning;
\i test/fixtures/application.sql
DROP VIEW test_leads, test_calls;
CREATE SCHEMA export_leads;
CREATE EXTENSION export_leads SCHEMA export_leads;
CREATE ROLE telephony;

CREATE FUNCTION test_setup(opening text, OUT answer text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE opening;
    answer := left(public.test_error('SELECT count(*) FROM export_leads.export_leads_setup()'), 60);
    RAISE EXCEPTION USING ERRCODE = 'P0100';
EXCEPTION WHEN SQLSTATE 'P0100' THEN
    RETURN;
END;
$$;
CREATE TEMP TABLE openings (opening text);
INSERT INTO openings VALUES
    ('CREATE SCHEMA calls AUTHORIZATION telephony; ALTER TABLE call_log SET SCHEMA calls; '
     'ALTER TABLE calls.call_log OWNER TO telephony'),
    ('CREATE SCHEMA data; ALTER TABLE leads SET SCHEMA data; ALTER TABLE lead_statuses SET SCHEMA data; '
     'ALTER TABLE call_log SET SCHEMA data');

SELECT plan((SELECT count(*) FROM openings)::int);
SELECT is(test_setup(opening), 'no error', format('set-up runs after %s', opening)) FROM openings;
SELECT finish();
ROLLBACK;
