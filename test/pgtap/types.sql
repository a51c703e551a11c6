-- Ids, statuses, moments and texts of unusual types are written as PostgreSQL prints them under settings of the
-- export's own, whatever the session's are.

BEGIN;
SELECT plan(20);
CREATE EXTENSION export_leads;

CREATE TYPE stage AS ENUM ('new', 'won');
CREATE DOMAIN moment AS timestamp;
CREATE DOMAIN later_moment AS moment CHECK (VALUE > '2000-01-01');
CREATE TABLE leads (
    id         uuid,
    tenant_id  int,
    full_name  varchar,
    phone      float8,
    email      bytea,
    source     date,
    status     stage,
    notes      interval,
    created_at later_moment
);
CREATE TABLE lead_statuses (tenant_id int, name stage, label character(6));
CREATE TABLE call_logs (id text, tenant_id int, lead_id uuid, call_status boolean, created_at moment);
INSERT INTO leads VALUES
    ('00000000-0000-4000-8000-00000000000b', 7, '{"a": "b"}', 0.1::float8 + 0.2::float8, '\x00ff', '2025-12-23', 'new',
     '-1 day -02:03:04', '2025-12-23 10:11:12'),
    ('00000000-0000-4000-8000-00000000000a', 7, '-1', -1e300, 'abc', 'infinity', 'new', '1 year',
     '2025-12-23 10:11:12'),
    ('00000000-0000-4000-8000-00000000000c', 13, '"SECRET13"', 13, 'SECRET13', NULL, 'new', NULL,
     '2025-12-23 10:11:12');
INSERT INTO lead_statuses VALUES (7, 'new', 'ab'), (13, 'new', 'SECRET');
INSERT INTO call_logs VALUES
    ('a', 7, '00000000-0000-4000-8000-00000000000b', true, '2025-12-24 00:00:00'),
    ('b', 7, '00000000-0000-4000-8000-00000000000b', false, '2025-12-24 00:00:00'),
    ('c', 13, '00000000-0000-4000-8000-00000000000b', true, '2026-01-01 00:00:00');

SELECT is_empty($$SELECT * FROM export_leads_setup() WHERE action NOT IN ('found', 'done')$$,
                'set-up takes columns of all types');
\set expected 'new,ab,00000000-0000-4000-8000-00000000000b,"{""a"": ""b""}",0.30000000000000004,\\x00ff,'
\set expected :expected '2025-12-23T10:11:12,2025-12-24T00:00:00,f,2025-12-23,''-1 days -02:03:04\r\n'
\set expected :expected 'new,ab,00000000-0000-4000-8000-00000000000a,-1,''-1e+300,\\x616263,'
\set expected :expected '2025-12-23T10:11:12,,,infinity,1 year\r\n'
CREATE FUNCTION test_records() RETURNS text LANGUAGE sql AS
$$SELECT split_part(export_leads_csv(7, 'new'), E'notes\r\n', 2)$$;
SELECT is(test_records(), :'expected', 'values are written as PostgreSQL prints them');

CREATE FUNCTION test_setting(setting text, value text, expected text)
RETURNS SETOF text
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM set_config(setting, value, true);
    RETURN NEXT is(test_records(), expected, format('the file is the same under %s = %s', setting, value));
    RETURN NEXT is(current_setting(setting), value, format('an export leaves %s at %s', setting, value));
END;
$$;
SELECT test_setting(setting, value, :'expected')
FROM (VALUES ('DateStyle', 'SQL, DMY'), ('IntervalStyle', 'iso_8601'), ('bytea_output', 'escape'),
             ('extra_float_digits', '-15'), ('DateStyle', 'German, DMY'), ('IntervalStyle', 'sql_standard'),
             ('TimeZone', 'Asia/Tokyo'))
     AS v (setting, value);

-- What code behind a policy sets while the rows are read.
CREATE FUNCTION site_sets() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    SET LOCAL DateStyle = 'Postgres, DMY';
    RETURN true;
END;
$$;
CREATE POLICY site ON leads AS RESTRICTIVE USING (site_sets());
SELECT count(*) AS steps FROM export_leads_setup(accepted_policies => '{site}', mutable_policies => '{site}') \gset
SELECT is(current_setting('DateStyle'), 'German, DMY',
          'the session''s DateStyle is as it was before an export behind whose policy code sets it');
SELECT lives_ok('SELECT test_records()', 'an export runs whose policy''s code sets DateStyle');
SELECT is(current_setting('DateStyle'), 'German, DMY',
          'the session''s DateStyle is as it was after an export behind whose policy code set it');
DROP POLICY site ON leads;
SELECT is(test_records(), :'expected', 'the export after one whose policy''s code set DateStyle is right');

SELECT finish();
ROLLBACK;
