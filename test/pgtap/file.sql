-- A file with what a web server needs: its name, its media type, how many leads it has, and its bytes, which no client
-- encoding changes.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(37);
CREATE EXTENSION export_leads;
SELECT count(*) AS steps FROM export_leads_setup() \gset

-- One row, of these columns.
SELECT results_eq(format('SELECT * FROM export_leads_file(7, %L)', status),
                  format('SELECT export_leads_filename(%L), %L::text, %s::bigint, convert_to(export_leads_csv(7, %L), %L)', status, 'text/csv; charset=utf-8', leads, status, 'UTF8'),
                  format('the file of %s, with %s leads', status, leads))
FROM (VALUES ('new', 10), ('none', 0), ('VIP', 1), ('Vip', 1), ('closed', 1), ('-', 0)) AS v (status, leads);
SELECT results_eq($$SELECT filename, content_type, lead_count, body FROM export_leads_file(tenant => '7', status => 'new', format => 'csv', columns => '{lead_id}', created_from => NULL, created_to => '2025-12-17T00:00:01Z')$$,
                  format($$VALUES ('outbound_leads_status_new_%s.csv', 'text/csv; charset=utf-8', 2::bigint, '\xefbbbf6c6561645f69640d0a390d0a31300d0a'::bytea)$$, current_date),
                  'arguments and columns have names, the body begins with the byte order mark');
SELECT is((SELECT (f).lead_count FROM (SELECT export_leads_file('7', 'new') AS f) AS s), 10::bigint, 'it may stand in the list of SELECT');
SELECT results_eq($$SELECT tenant, lead_count FROM unnest(ARRAY['7', '13', '99']) AS tenant, export_leads_file(tenant, 'new')$$, $$VALUES ('7', 10::bigint), ('13', 10), ('99', 0)$$, 'or be joined');
SELECT is((SELECT count(*) FROM export_leads_file('7', 'new')), 1::bigint, 'it is one row');
SELECT is((SELECT count(*) FROM export_leads_file('7', 'none')), 1::bigint, 'also where there is no lead');

-- The name is of the status as it was asked for, on the day that it is for the session.
SELECT is((SELECT filename FROM export_leads_file('7', 'Vip')), 'outbound_leads_status_Vip_' || current_date || '.csv', 'the name is of the status that was asked for');
CREATE FUNCTION test_day(zone text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    filename text;
    day text;
BEGIN
    PERFORM set_config('TimeZone', zone, true);
    SELECT f.filename, to_char(current_timestamp, 'YYYY-MM-DD') INTO filename, day FROM export_leads_file('7', 'none') AS f;
    PERFORM set_config('TimeZone', 'UTC', true);
    RETURN is(filename, 'outbound_leads_status_none_' || day || '.csv', format('in the zone %s it is %s', zone, day));
END;
$$;
SELECT test_day(zone) FROM unnest(ARRAY['UTC', '<+24>-24', '<-24>+24', 'Pacific/Kiritimati', 'Etc/GMT+12']) AS zone;
SET DateStyle = 'German, DMY';
SELECT is((SELECT filename FROM export_leads_file('7', 'none')), 'outbound_leads_status_none_' || to_char(current_date, 'YYYY-MM-DD') || '.csv', 'whatever the DateStyle');
RESET DateStyle;

-- Formats.
SELECT is(test_error(format('SELECT * FROM export_leads_file(%L, %L, %s)', '7', 'new', format)), error, format('the format %s is refused', format))
FROM (VALUES ($$'pdf'$$, '22023: unknown export format (The formats are: csv, xlsx.)'), ($$'CSV'$$, '22023: unknown export format (The formats are: csv, xlsx.)'),
             ($$''$$, '22023: unknown export format (The formats are: csv, xlsx.)'), ($$'csv '$$, '22023: unknown export format (The formats are: csv, xlsx.)'),
             ($$repeat('x', 1000000)$$, '22023: unknown export format (The formats are: csv, xlsx.)'), ('NULL', '22004: format must not be null')) AS v (format, error);
SELECT is(export_leads_tenant(), NULL, 'which leaves no tenant');
SELECT is((SELECT lead_count FROM export_leads_file('7', 'new')), 10::bigint, 'and the next export is right');

-- Bytes, whatever the client reads.
CREATE TEMP TABLE expected AS SELECT convert_to(export_leads_csv('7', 'new'), 'UTF8') AS body;
CREATE FUNCTION test_encoding(encoding text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    got bytea;
BEGIN
    PERFORM set_config('client_encoding', encoding, true);
    SELECT f.body INTO got FROM export_leads_file('7', 'new') AS f;
    PERFORM set_config('client_encoding', 'UTF8', true);
    RETURN NEXT is(got, (SELECT e.body FROM expected AS e), format('for a client in %s the same bytes', encoding));
END;
$$;
SELECT test_encoding(encoding) FROM unnest(ARRAY['UTF8', 'LATIN1', 'WIN1255', 'SQL_ASCII', 'SJIS']) AS encoding;
-- To the client itself: its encoding has neither geresh nor shekel.
SET client_encoding = LATIN1;
SELECT encode(body, 'hex') AS hex FROM export_leads_file('7', 'new') \gset
SELECT body AS escaped FROM export_leads_file('7', 'new') \gset
RESET client_encoding;
SELECT is(:'hex'::text, encode(body, 'hex'), 'which reach such a client') FROM expected;
SELECT is(:'escaped'::bytea, body, 'as bytea, too') FROM expected;
SET bytea_output = escape;
SELECT is((SELECT f.body FROM export_leads_file('7', 'new') AS f), e.body, 'bytea_output changes nothing') FROM expected AS e;
RESET bytea_output;

-- The session's dialect is the file's.
SET export_leads.csv_delimiter = semicolon;
SET export_leads.csv_bom = off;
SELECT is((SELECT convert_from(body, 'UTF8') FROM export_leads_file('7', 'vip', columns => '{lead_id,status_id}')), E'lead_id;status_id\r\n12;vip\r\n', 'a file is in the session''s dialect');
SELECT is((SELECT string_agg(piece, '') FROM export_leads_csv_stream('7', 'vip', '{lead_id,status_id}') AS piece), E'lead_id;status_id\r\n12;vip\r\n', 'as a stream is');
SELECT is(current_setting('export_leads.csv_delimiter'), 'semicolon', 'which stays as it is');

SELECT finish();
ROLLBACK;
