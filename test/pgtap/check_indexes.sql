-- export_leads_check() reports the indexes and statistics that exports lack, and its remediations, run as they are
-- printed, make them: CONCURRENTLY, and so outside of any transaction. Nothing but the database is left behind, and the
-- suite drops that.

CREATE EXTENSION export_leads;
-- A role may export, or export_leads_check() would report that none may.
SELECT count(export_leads_allow('pg_monitor')) AS allowed \gset
CREATE TABLE leads (id int, tenant_id int, name text, status varchar(32), created_at timestamp,
                    phone text, email text, source text, notes text) WITH (autovacuum_enabled = off);
CREATE TABLE lead_statuses (tenant_id int, name text, label text);
CREATE TABLE call_logs (id int, business_id int, lead_id int, call_status text, created_at timestamp)
WITH (autovacuum_enabled = off);
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT plan(50);

CREATE FUNCTION test_findings()
RETURNS text
LANGUAGE sql
AS $$SELECT COALESCE(string_agg(concat_ws(' ', c.name, c.level, c.object), ', '), 'nothing')
     FROM export_leads_check() AS c$$;

INSERT INTO leads SELECT n, n % 10, 'lead', 'new', now() FROM generate_series(1, 1000) AS n;
INSERT INTO call_logs SELECT n, n % 10, n, 'answered', now() FROM generate_series(1, 1000) AS n;
SELECT is(test_findings(), 'nothing', 'export_leads_check() advises no index on small tables');
INSERT INTO leads SELECT n, n % 10, 'lead', 'new', now() FROM generate_series(1001, 6000) AS n;
INSERT INTO call_logs SELECT n, n % 10, n, 'answered', now() FROM generate_series(1001, 6000) AS n;
SELECT is(test_findings(), 'index_missing warning public.call_logs, index_missing warning public.leads, '
          'no_statistics info public.call_logs, no_statistics info public.leads',
          'export_leads_check() advises indexes and statistics on larger tables');
SELECT remediation FROM export_leads_check() \gexec
SELECT is(test_findings(), 'nothing', 'the remediations make all indexes and statistics that were advised');
SELECT results_eq($$SELECT regexp_replace(indexdef, '.* USING ', '') FROM pg_indexes
                    WHERE tablename IN ('leads', 'call_logs') ORDER BY tablename$$,
                  $$VALUES ('btree (business_id, lead_id, created_at DESC, id DESC) INCLUDE (call_status)'),
                           ('btree (tenant_id, status, created_at DESC, id DESC)')$$,
                  'the indexes of the remediations are those that the documentation recommends');

-- A check takes no stronger locks than an export, and writes nothing.
BEGIN READ ONLY;
SELECT count(*) AS findings FROM export_leads_check() \gset
SELECT results_eq($$SELECT DISTINCT mode FROM pg_locks
                    WHERE pid = pg_backend_pid() AND locktype <> 'virtualxid'$$, ARRAY['AccessShareLock'],
                  'export_leads_check() runs in a read-only transaction and takes no lock but ACCESS SHARE');
COMMIT;

-- Which other indexes suffice, each in the place of the one that was there.
CREATE FUNCTION test_index(site_table text, definition text)
RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
    says text;
BEGIN
    EXECUTE format('DROP INDEX %s', (SELECT i.indexrelid::regclass FROM pg_index AS i
                                     WHERE i.indrelid = site_table::regclass));
    EXECUTE format('CREATE %s', definition);
    says := test_findings();
    RAISE EXCEPTION USING ERRCODE = 'P0100';
EXCEPTION WHEN SQLSTATE 'P0100' THEN
    RETURN says;
END;
$$;
SELECT is(test_index(site_table, definition), replace(says, '*', 'public.' || site_table),
          format('the %s makes the check report: %s', definition, says))
FROM (VALUES
    ('leads', 'INDEX ON leads (status, tenant_id)', 'nothing'),
    ('leads', 'UNIQUE INDEX ON leads (tenant_id, status, id)', 'nothing'),
    ('leads', 'INDEX ON leads (tenant_id)', 'index_missing warning *'),
    ('leads', 'INDEX ON leads (tenant_id, created_at, status)', 'index_missing warning *'),
    ('leads', 'INDEX ON leads (tenant_id) INCLUDE (status)', 'index_missing warning *'),
    ('leads', 'INDEX ON leads (tenant_id, lower(status))', 'index_missing warning *'),
    ('leads', 'INDEX ON leads (tenant_id, status) WHERE id > 0', 'index_missing warning *'),
    ('leads', 'INDEX ON leads USING brin (tenant_id, status)', 'index_missing warning *'),
    ('call_logs', 'INDEX ON call_logs (lead_id, created_at, id) INCLUDE (call_status, business_id)', 'nothing'),
    ('call_logs', 'INDEX ON call_logs (business_id, lead_id, created_at, id) INCLUDE (call_status)', 'nothing'),
    ('call_logs', 'INDEX ON call_logs (lead_id, created_at DESC, id DESC) INCLUDE (business_id, call_status)',
     'nothing'),
    ('call_logs', 'INDEX ON call_logs (lead_id, created_at DESC, id DESC, call_status, business_id)', 'nothing'),
    ('call_logs', 'INDEX ON call_logs (lead_id)', 'index_only info *'),
    ('call_logs', 'INDEX ON call_logs (business_id, lead_id)', 'index_only info *'),
    ('call_logs', 'INDEX ON call_logs (lead_id, created_at DESC, id DESC)', 'index_only info *'),
    ('call_logs', 'INDEX ON call_logs (lead_id, created_at DESC, id DESC) INCLUDE (business_id)', 'index_only info *'),
    ('call_logs', 'INDEX ON call_logs (lead_id, created_at DESC, id) INCLUDE (business_id, call_status)',
     'index_only info *'),
    ('call_logs', 'INDEX ON call_logs (lead_id, created_at DESC NULLS LAST, id DESC NULLS LAST) '
                  'INCLUDE (business_id, call_status)',
     'index_only info *'),
    ('call_logs', 'INDEX ON call_logs (lead_id, id DESC, created_at DESC) INCLUDE (business_id, call_status)',
     'index_only info *'),
    ('call_logs', 'INDEX ON call_logs (lead_id, business_id, created_at DESC, id DESC) INCLUDE (call_status)',
     'index_only info *'),
    ('call_logs', 'INDEX ON call_logs (created_at, lead_id)', 'index_missing warning *'),
    ('call_logs', 'INDEX ON call_logs (id, lead_id)', 'index_missing warning *'),
    ('call_logs', 'INDEX ON call_logs USING hash (lead_id)', 'index_missing warning *')
) AS v (site_table, definition, says);

DROP INDEX call_logs_business_id_lead_id_created_at_id_call_status_idx;
CREATE INDEX ON call_logs (lead_id);
SELECT is(test_findings(), 'index_only info public.call_logs',
          'export_leads_check() reports as info that an index on the calls'' lead alone could be better');
SELECT remediation FROM export_leads_check() \gexec
SELECT is(test_findings(), 'nothing', 'the remediation makes the better index on the calls');

-- An index whose creation failed halfway, beside one that serves.
\set ON_ERROR_STOP off
CREATE UNIQUE INDEX CONCURRENTLY half_built ON leads (tenant_id, status);
\set ON_ERROR_STOP on
SELECT is(test_findings(), 'index_invalid warning public.half_built', 'export_leads_check() reports an invalid index');
SELECT is((SELECT remediation FROM export_leads_check()), 'DROP INDEX CONCURRENTLY public.half_built;',
          'the remediation drops an invalid index where another index serves');
SELECT remediation FROM export_leads_check() \gexec
SELECT is(test_findings(), 'nothing', 'export_leads_check() reports nothing when the invalid index is dropped');

-- An invalid index, and no other.
UPDATE pg_index SET indisvalid = false WHERE indrelid = 'leads'::regclass;
SELECT is(test_findings(), 'index_invalid warning public.leads_tenant_id_status_created_at_id_idx',
          'export_leads_check() does not report an invalid index as missing, too');
SELECT matches((SELECT remediation FROM export_leads_check()), '^REINDEX INDEX CONCURRENTLY ',
               'the remediation builds an invalid index again where no other index serves');
SELECT remediation FROM export_leads_check() \gexec
SELECT is(test_findings(), 'nothing', 'export_leads_check() reports nothing when the invalid index is built again');

-- An invalid index that would be better than the one that serves.
UPDATE pg_index SET indisvalid = false WHERE indrelid = 'call_logs'::regclass AND indnatts > 1;
SELECT matches(test_findings(), '^index_invalid warning public[.]call_logs_business_id_lead_id[a-z_]*_idx$',
               'export_leads_check() reports only the invalid index where it would be the best one');
SELECT remediation FROM export_leads_check() \gexec
SELECT is(test_findings(), 'nothing', 'the remediation builds the invalid index that is the best one again');

-- Partitioned tables, whose indexes PostgreSQL does not build CONCURRENTLY.
SELECT count(*) AS steps FROM export_leads_teardown() \gset
ALTER TABLE leads RENAME TO old_leads;
CREATE TABLE leads (LIKE old_leads) PARTITION BY LIST (tenant_id);
CREATE TABLE leads_7 PARTITION OF leads FOR VALUES IN (7);
CREATE TABLE leads_rest PARTITION OF leads DEFAULT;
INSERT INTO leads SELECT * FROM old_leads;
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT is(test_findings(), 'index_missing warning public.leads, no_statistics info public.leads',
          'a partitioned table counts as large when its partitions are large together');
CREATE INDEX only_the_parent ON ONLY leads (tenant_id, status);
SELECT is(test_findings(), 'index_missing warning public.leads, no_statistics info public.leads',
          'an index that not all partitions have counts as missing');
SELECT remediation FROM export_leads_check() \gexec
SELECT is(test_findings(), 'nothing', 'the remediations make the index and the statistics of a partitioned table');

-- No index is advised on a column that is gone, nor on an empty table.
DROP INDEX leads_tenant_id_status_created_at_id_idx1;
BEGIN;
ALTER TABLE leads DROP created_at;
SELECT is(test_findings(), 'column_missing error public.leads',
          'export_leads_check() advises no index on a column that is gone');
ROLLBACK;
TRUNCATE leads;
SELECT is(test_findings(), 'nothing', 'export_leads_check() advises no index on an empty table');

SELECT count(*) AS steps FROM export_leads_teardown() \gset

-- Names that break out of quotes, comments and formats.
SELECT E'a"''%s\n; DROP TABLE leads; -- /*' AS odd, E'index"''%s\n; DROP TABLE leads; -- /*' AS odd_index \gset
CREATE TABLE :"odd" (:"odd" int, tenant_id int, name text, status text, created_at timestamp,
                    phone text, email text, source text, notes text) WITH (autovacuum_enabled = off);
INSERT INTO :"odd" SELECT n, n % 10, 'lead', 'new', now() FROM generate_series(1, 6000) AS n;
SELECT count(*) AS steps FROM export_leads_setup(leads => format('public.%I', :'odd'), lead_id => :'odd') \gset
SELECT is((SELECT string_agg(name, ',') FROM export_leads_check()), 'index_missing,no_statistics',
          'export_leads_check() advises an index and statistics on a table with a hostile name');
SELECT remediation FROM export_leads_check() \gexec
SELECT is(test_findings(), 'nothing',
          'the remediations make the index and the statistics of a table with a hostile name');
SELECT format('ALTER INDEX %s RENAME TO %I', indexrelid::regclass, :'odd_index')
FROM pg_index WHERE indrelid = format('public.%I', :'odd')::regclass \gexec
UPDATE pg_index SET indisvalid = false WHERE indexrelid = format('public.%I', :'odd_index')::regclass;
SELECT is((SELECT string_agg(name, ',') FROM export_leads_check()), 'index_invalid',
          'export_leads_check() reports an invalid index with a hostile name');
SELECT remediation FROM export_leads_check() \gexec
SELECT is(test_findings(), 'nothing', 'the remediation builds an invalid index with a hostile name again');
CREATE INDEX ON :"odd" (tenant_id, status);
UPDATE pg_index SET indisvalid = false WHERE indexrelid = format('public.%I', :'odd_index')::regclass;
SELECT remediation FROM export_leads_check() \gexec
SELECT is(test_findings(), 'nothing',
          'the remediation drops an invalid index with a hostile name where another serves');
SELECT has_table('leads', 'no remediation has run the DROP TABLE in a hostile name');

SELECT count(*) AS steps FROM export_leads_teardown() \gset
SELECT hasnt_role('export_leads_reader', 'teardown drops the role that exports read as');
SELECT finish();
