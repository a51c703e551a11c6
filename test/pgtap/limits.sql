-- A file larger than a value may be is an error, never a part of the file, and the session can go on.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(6);
CREATE EXTENSION export_leads;
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT test_expected_csv('7', 'new') AS expected \gset
CREATE TEMP TABLE header AS SELECT export_leads_csv('7', 'none') AS header;

-- Notes of 100 MB, which the disk holds in about one.
INSERT INTO leads (id, tenant_id, name, status, notes) VALUES (1000, 7, 'x', 'big', repeat('x', 100000000));
INSERT INTO leads (id, tenant_id, name, status, notes)
SELECT 1000 + n, 7, name, status, notes FROM leads, generate_series(1, 9) AS n WHERE id = 1000;

SELECT is(octet_length(export_leads_csv('7', 'big')),
          (SELECT octet_length(header) FROM header) + 10 * 100000000 + 10 * length(E'big,big,1000,x,,,,,,,\r\n'),
          'a file of nearly 1 GB is whole');
SELECT sum(total_bytes) AS before FROM pg_backend_memory_contexts \gset
INSERT INTO leads (id, tenant_id, name, status, notes)
SELECT 1000 + n, 7, name, status, notes FROM leads, generate_series(10, 10) AS n WHERE id = 1000;
SELECT is(test_error($$SELECT octet_length(export_leads_csv('7', 'big'))$$),
          '54000: the export is larger than 1 GB (Use export_leads_csv_stream(), which returns a CSV in pieces, or '
          'narrow the export with created_from and created_to.)',
          'a file of more than 1 GB is an error that names the ways out');
SELECT cmp_ok(sum(total_bytes) - :before, '<', 10000000::numeric,
              'a file that was too large leaves no memory behind') FROM pg_backend_memory_contexts;
SELECT is(export_leads_tenant(), NULL, 'a file that was too large leaves no tenant behind');
SELECT is(export_leads_csv('7', 'new'), :'expected', 'the export after one that was too large is right');

-- Quotes count twice: as many bytes as in the first file are now too many.
DELETE FROM leads WHERE id = 1010;
UPDATE leads SET notes = repeat('xxxxxxxxx"', 10000000) WHERE status = 'big';
SELECT matches(test_error($$SELECT octet_length(export_leads_csv('7', 'big'))$$), '^54000: ',
               'quotes that are doubled count towards the size of the file');

SELECT finish();
ROLLBACK;
