-- export_leads_file() returns what a web server needs of a file: its name, its media type, how many leads it has, and
-- its bytes, which no client encoding changes.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(37);
CREATE EXTENSION export_leads;
SELECT count(*) AS steps FROM export_leads_setup() \gset

-- One row, of four columns.
SELECT results_eq(format('SELECT * FROM export_leads_file(7, %L)', status),
                  format('SELECT export_leads_filename(%L), %L::text, %s::bigint, '
                                'convert_to(export_leads_csv(7, %L), %L)',
                         status, 'text/csv; charset=utf-8', leads, status, 'UTF8'),
                  format('the file of status "%s" has its name, its type, the count %s and the bytes of the CSV',
                         status, leads))
FROM (VALUES ('new', 10), ('none', 0), ('VIP', 1), ('Vip', 1), ('closed', 1), ('-', 0)) AS v (status, leads);
SELECT results_eq($$SELECT filename, content_type, lead_count, body
                    FROM export_leads_file(tenant => '7', status => 'new', format => 'csv', columns => '{lead_id}',
                                           created_from => NULL, created_to => '2025-12-17T00:00:01Z')$$,
                  format($$VALUES ('outbound_leads_status_new_%s.csv', 'text/csv; charset=utf-8', 2::bigint,
                                   '\xefbbbf6c6561645f69640d0a390d0a31300d0a'::bytea)$$, current_date),
                  'arguments and columns of export_leads_file() have names; its body begins with a byte order mark');
SELECT is((SELECT (f).lead_count FROM (SELECT export_leads_file('7', 'new') AS f) AS s), 10::bigint,
          'export_leads_file() may stand in the list of SELECT');
SELECT results_eq($$SELECT tenant, lead_count
                    FROM unnest(ARRAY['7', '13', '99']) AS tenant, export_leads_file(tenant, 'new')$$,
                  $$VALUES ('7', 10::bigint), ('13', 10), ('99', 0)$$,
                  'export_leads_file() may be joined, as one file for each of several tenants');
SELECT is((SELECT count(*) FROM export_leads_file('7', 'new')), 1::bigint,
          'export_leads_file() returns one row where there are leads');
SELECT is((SELECT count(*) FROM export_leads_file('7', 'none')), 1::bigint,
          'export_leads_file() returns one row where there is no lead');

-- The name is made of the status as it was asked for and the session's date.
SELECT is((SELECT filename FROM export_leads_file('7', 'Vip')), 'outbound_leads_status_Vip_' || current_date || '.csv',
          'the file name has the status as it was asked for');
CREATE FUNCTION test_day(zone text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    filename text;
    day text;
BEGIN
    PERFORM set_config('TimeZone', zone, true);
    SELECT f.filename, to_char(current_timestamp, 'YYYY-MM-DD') INTO filename, day
    FROM export_leads_file('7', 'none') AS f;
    PERFORM set_config('TimeZone', 'UTC', true);
    RETURN is(filename, 'outbound_leads_status_none_' || day || '.csv',
              format('the file name has the date in the session''s zone %s: %s', zone, day));
END;
$$;
SELECT test_day(zone) FROM unnest(ARRAY['UTC', '<+24>-24', '<-24>+24', 'Pacific/Kiritimati', 'Etc/GMT+12']) AS zone;
SET DateStyle = 'German, DMY';
SELECT is((SELECT filename FROM export_leads_file('7', 'none')),
          'outbound_leads_status_none_' || to_char(current_date, 'YYYY-MM-DD') || '.csv',
          'the date in the file name does not follow the session''s DateStyle');
RESET DateStyle;

-- Formats.
SELECT is(test_error(format('SELECT * FROM export_leads_file(%L, %L, %s)', '7', 'new', format)), error,
          format('the format %s is refused', format))
FROM (VALUES ($$'pdf'$$, '22023: unknown export format (The formats are: csv, xlsx.)'),
             ($$'CSV'$$, '22023: unknown export format (The formats are: csv, xlsx.)'),
             ($$''$$, '22023: unknown export format (The formats are: csv, xlsx.)'),
             ($$'csv '$$, '22023: unknown export format (The formats are: csv, xlsx.)'),
             ($$repeat('x', 1000000)$$, '22023: unknown export format (The formats are: csv, xlsx.)'),
             ('NULL', '22004: format must not be null')) AS v (format, error);
SELECT is(export_leads_tenant(), NULL, 'there is no tenant after files in unknown formats were refused');
SELECT is((SELECT lead_count FROM export_leads_file('7', 'new')), 10::bigint,
          'a file has all leads after files in unknown formats were refused');

-- The same bytes, whatever encoding the client has.
CREATE TEMP TABLE expected AS SELECT convert_to(export_leads_csv('7', 'new'), 'UTF8') AS body;
CREATE FUNCTION test_encoding(encoding text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    got bytea;
BEGIN
    PERFORM set_config('client_encoding', encoding, true);
    SELECT f.body INTO got FROM export_leads_file('7', 'new') AS f;
    PERFORM set_config('client_encoding', 'UTF8', true);
    RETURN NEXT is(got, (SELECT e.body FROM expected AS e),
                   format('the file has the same bytes where client_encoding is %s', encoding));
END;
$$;
SELECT test_encoding(encoding) FROM unnest(ARRAY['UTF8', 'LATIN1', 'WIN1255', 'SQL_ASCII', 'SJIS']) AS encoding;
-- As the client itself receives them: its encoding has neither geresh nor shekel.
SET client_encoding = LATIN1;
SELECT encode(body, 'hex') AS hex FROM export_leads_file('7', 'new') \gset
SELECT body AS escaped FROM export_leads_file('7', 'new') \gset
RESET client_encoding;
SELECT is(:'hex'::text, encode(body, 'hex'), 'a client in LATIN1 receives the same bytes as hexadecimal text')
FROM expected;
SELECT is(:'escaped'::bytea, body, 'a client in LATIN1 receives the same bytes as bytea') FROM expected;
SET bytea_output = escape;
SELECT is((SELECT f.body FROM export_leads_file('7', 'new') AS f), e.body,
          'the file has the same bytes where bytea_output is escape')
FROM expected AS e;
RESET bytea_output;

-- The file is in the session's dialect.
SET export_leads.csv_delimiter = semicolon;
SET export_leads.csv_bom = off;
SELECT is((SELECT convert_from(body, 'UTF8') FROM export_leads_file('7', 'vip', columns => '{lead_id,status_id}')),
          E'lead_id;status_id\r\n12;vip\r\n',
          'a file has the session''s delimiter, and no byte order mark where csv_bom is off');
SELECT is((SELECT string_agg(piece, '') FROM export_leads_csv_stream('7', 'vip', '{lead_id,status_id}') AS piece),
          E'lead_id;status_id\r\n12;vip\r\n',
          'a stream has the session''s delimiter, and no byte order mark where csv_bom is off');
SELECT is(current_setting('export_leads.csv_delimiter'), 'semicolon',
          'the session''s csv_delimiter is as before after a file and a stream');

SELECT finish();
ROLLBACK;
