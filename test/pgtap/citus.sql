-- Tables that Citus has distributed, in a database that looks like one with Citus (test/fixtures/citus.sql): what is
-- refused, what set-up makes and tells the workers, which tables an export reads, and what the check finds.

BEGIN;
SET client_min_messages = warning;
\i test/fixtures/application.sql
SELECT plan(70);
ALTER SEQUENCE lead_statuses_id_seq RESTART 1000;
CREATE EXTENSION export_leads;

-- Before Citus: the file to compare, and a session that only looks like one of Citus's.
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT export_leads_csv(7, 'new') AS plain \gset
SET application_name = 'citus_internal gpid=10000000001';
SELECT is(export_leads_csv(7, 'new'), :'plain', 'without Citus a session may have any name');
RESET application_name;
SELECT throws_ok($$ SELECT _export_leads_at(7::bigint, 'csv', 'new', NULL, NULL, NULL, NULL, true, NULL, NULL, NULL) $$,
                 '55000',
                 'set-up has not run since the tables were distributed', 'without Citus nothing is passed on');
SELECT is(_export_leads_fingerprint(), NULL, 'without distributed tables there is no fingerprint');
SELECT is(count(*), 0::bigint, 'nor a key') FROM export_leads_cluster;
SELECT count(*) AS steps FROM export_leads_teardown() \gset

\i test/fixtures/citus.sql
SELECT lives_ok('SELECT FROM export_leads_setup()', 'tables that Citus has not distributed are set up as anywhere');
SELECT is(export_leads_csv(7, 'new'), :'plain', 'and exported as anywhere');
SELECT is(count(*), 0::bigint, 'and nobody else is told') FROM citus_heard;
SELECT is((SELECT string_agg(name, ',') FROM export_leads_check() WHERE name ~ 'distributed'), 'not_distributed',
          'the check says how they can be distributed');
SELECT count(*) AS steps FROM export_leads_teardown() \gset

-- Refusals, before anything is changed.
SELECT distribute('leads', 'tenant_id'), distribute('lead_statuses', 'business_id'), distribute('call_log',
    'business_id')
\g /dev/null
CREATE FUNCTION refusal(change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text;
    hint text;
    before CONSTANT text := (SELECT string_agg(t::text, '' ORDER BY t.oid) FROM pg_class AS t);
BEGIN
    BEGIN
        EXECUTE change;
        PERFORM FROM export_leads_setup();
        RAISE EXCEPTION 'not refused' USING ERRCODE = 'P0003';
    EXCEPTION WHEN object_not_in_prerequisite_state THEN
        GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
        IF hint = '' OR EXISTS (SELECT FROM pg_policy) OR EXISTS (SELECT FROM citus_heard) THEN
            RETURN 'no hint, or something was changed';
        END IF;
        RETURN message;
    END;
END;
$$;
SELECT is(refusal(change), message, message) FROM (VALUES
    ($$UPDATE citus_says SET version = 'Citus 13.0.4 on a test'$$,
     'table "public.leads" is distributed by a Citus older than 13.1, which does not repeat grants on columns on '
     'other nodes'),
    ($$DELETE FROM pg_dist_partition WHERE logicalrelid = 'call_log'::regclass$$,
     'table "public.call_log" is not distributed, and other tables of these are'),
    ($$DELETE FROM pg_dist_partition WHERE logicalrelid <> 'lead_statuses'::regclass$$,
     'table "public.leads" is not distributed, and other tables of these are'),
    ($$UPDATE pg_dist_partition SET partkey = replace(partkey, ':varattno 2', ':varattno 3')
       WHERE logicalrelid = 'call_log'::regclass$$,
     'table "public.call_log" is distributed by column "lead_id", not by its tenant, "business_id"'),
    ($$UPDATE pg_dist_partition SET colocationid = 2 WHERE logicalrelid = 'call_log'::regclass$$,
     'table "public.call_log" is not colocated with table "public.leads"'),
    ($$INSERT INTO pg_dist_placement (shardid, groupid) VALUES ('leads'::regclass::oid::bigint, 1)$$,
     'table "public.leads" is distributed with several copies of each shard'),
    ($$UPDATE pg_dist_partition SET repmodel = 'c'$$,
        'table "public.leads" is distributed with several copies of each shard'),
    ($$UPDATE pg_dist_partition SET partmethod = 'n', partkey = NULL, repmodel = 't'
       WHERE logicalrelid = 'leads'::regclass$$,
     'table "public.leads" is a reference table, which only the statuses can be'),
    ($$CREATE POLICY own ON leads AS RESTRICTIVE USING (notes <> 'deleted');
       ALTER TABLE leads ENABLE ROW LEVEL SECURITY$$,
     'restrictive policy "own" on table "public.leads" binds nobody'),
    ($$UPDATE pg_dist_local_group SET groupid = 1$$, 'this node is a worker of Citus')
) AS t (change, message);

-- Set-up.
CREATE TEMP TABLE steps AS SELECT * FROM export_leads_setup();
SELECT is((SELECT string_agg(object, ',') FROM steps WHERE action = 'told'), 'node worker:5432',
          'set-up tells the worker');
SELECT is((SELECT count(*) FROM citus_heard), 0::bigint, 'not before the transaction commits');
SELECT commit_now() \g /dev/null
SELECT is((SELECT array_agg(command ~ '^SELECT public._export_leads_take_setup\(') FROM citus_heard), '{t}',
          'then by a call');
SELECT is((SELECT string_agg(DISTINCT pg_get_expr(polqual, polrelid), ' ') FROM pg_policy
           WHERE polrelid = 'leads'::regclass AND polname ~ 'tenant'),
          '(tenant_id = (export_leads_tenant())::integer)', 'policies have no subquery, which Citus would refuse');
SELECT is((SELECT string_agg(DISTINCT pg_get_expr(polqual, polrelid),
          ' ') FROM pg_policy WHERE polname = 'export_leads_others'),
          '(CURRENT_USER <> ''export_leads_reader''::name)',
              'what keeps others'' access does not let the reader through');
SELECT is((SELECT string_agg(objid::regprocedure::text, ' ') FROM pg_dist_object WHERE force_delegation),
          '_export_leads_at(bigint,text,text,text[],text,text,text,boolean,text[],bigint,bytea)',
          'the function of passed exports, for tenants of this type, is distributed');

-- Exports read the shards.
SELECT throws_ok($$ SELECT export_leads_csv(7, 'new') $$, '55000',
                 format('row security is disabled on table "public.leads_%s"', 'leads'::regclass::oid),
                 'a shard on which Citus has not repeated row security yet is refused');
SELECT repeat_on_shards() \g /dev/null
SELECT is((SELECT string_agg(DISTINCT action, ',') FROM export_leads_setup() WHERE action NOT IN ('found', 'told')),
          'unchanged',
          'a second set-up changes nothing');
SELECT is(export_leads_csv(7, 'new'), :'plain', 'an export reads the shards on this node: the same file');
SELECT is((SELECT string_agg(piece, '') FROM export_leads_csv_stream(7, 'new') AS piece), :'plain', 'the same stream');
SELECT is(convert_from((SELECT body FROM export_leads_file(7, 'new')), 'UTF8'), :'plain', 'the same file in a row');
SELECT is(export_leads_count(7, 'new'), (SELECT lead_count FROM export_leads_file(7, 'new')), 'as many leads');
SELECT is((SELECT count(*) FROM export_leads_csv(13, 'new') AS f WHERE f ~ 'SECRET13'), 1::bigint,
          'another tenant has its own');
SELECT is((SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 1005), 3::bigint,
          'each shard is locked, so that no write goes elsewhere');
SELECT set_config('test.shard', format('leads_%s', 'leads'::regclass::oid), true) AS shard \gset
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
INSERT INTO :shard (id, tenant_id, status, created_at)
SELECT 10000 + n, 21, 'new', timestamp '2025-01-01' + n * interval '1 minute' FROM generate_series(1, 3000) AS n;
SET max_parallel_workers_per_gather = 0;
SELECT export_leads_csv(21, 'new') AS serial \gset
SET max_parallel_workers_per_gather = 2;
SELECT is(export_leads_csv(21, 'new'), :'serial', 'with parallel workers it is the same file');

-- Nothing but the tenant's rows, even if policies on the shard are wrong: then an error.
CREATE FUNCTION export_after(change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    file text;
BEGIN
    EXECUTE replace(change, '<shard>', current_setting('test.shard'));
    file := export_leads_csv(7, 'new');
    RAISE EXCEPTION USING ERRCODE = 'P0003', MESSAGE = format('a file of %s characters', length(file));
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || replace(SQLERRM, current_setting('test.shard'), '<shard>');
END;
$$;
SELECT is(export_after(change), message, change) FROM (VALUES
    ('ALTER TABLE <shard> DISABLE ROW LEVEL SECURITY', '55000 row security is disabled on table "public.<shard>"'),
    ('DROP POLICY export_leads_tenant_rows ON <shard>',
     '55000 policy "export_leads_tenant_rows" on table "public.<shard>" does not exist'),
    ('ALTER POLICY export_leads_only_tenant ON <shard> USING (true)',
     '55000 policy "export_leads_only_tenant" on table "public.<shard>" is not as set-up created it'),
    ('CREATE POLICY own ON <shard> AS RESTRICTIVE USING (false)',
     '55000 restrictive policy "own" on table "public.<shard>" could hide leads from an export'),
    ('REVOKE SELECT (name) ON <shard> FROM export_leads_reader',
     '55000 role "export_leads_reader" has no SELECT on column "name" of table "public.<shard>"'),
    ('REVOKE EXECUTE ON FUNCTION export_leads_tenant() FROM export_leads_reader',
     '55000 role "export_leads_reader" has no EXECUTE on function public.export_leads_tenant()'),
    ('DROP TABLE <shard>', '40001 a shard of table "public.leads" was moved or split just now'),
    ('UPDATE pg_dist_placement SET groupid = 1',
     '0A000 the tenant''s leads are on another node, to which Citus does not pass this call'),
    ('UPDATE pg_dist_placement SET groupid = 1 WHERE shardid = ''call_log''::regclass::oid::bigint',
     '55000 table "public.leads" is not colocated with the other tables'),
    ('INSERT INTO pg_dist_placement (shardid, groupid) SELECT shardid, 1 FROM pg_dist_shard',
     '55000 table "public.leads" keeps its shards on several nodes each'),
    ('UPDATE pg_dist_placement SET shardstate = 4',
        '55000 table "public.leads" keeps its shards on several nodes each'),
    ('CREATE POLICY more ON <shard> USING (true)', 'P0003 a file of ' || length(:'plain') || ' characters')
) AS t (change, message);
SET ROLE export_leads_reader;
SELECT is((SELECT count(tenant_id) FROM :shard), 0::bigint, 'the reader by itself sees no row of a shard');
RESET ROLE;

-- Calls of one node to another.
SELECT throws_ok($$ SELECT _export_leads_at(7::bigint, 'csv', 'new', NULL, NULL, NULL, NULL, true, NULL, NULL, NULL) $$,
                 '55000',
                 'this node is not set up as the one that passed the export on',
                 'the function of passed exports does nothing for users');
SET application_name = 'citus_internal gpid=10000000001';
SELECT throws_ok($$ SELECT _export_leads_at(7::bigint, 'csv', 'new', NULL, NULL, NULL, NULL, true, ARRAY['UTC', 'on',
                    'comma',
                    'on', 'iso', '0'], 0,
                        '\x00') $$, '55000', 'this node is not set up as the one that passed the export on',
                 'whatever their session is called');
SELECT throws_ok($$ SELECT export_leads_csv(7, 'new') $$, '0A000',
                 'an export cannot be a part of a query on distributed tables',
                 'the functions for users do nothing in sessions of Citus');
RESET application_name;
CREATE TEMP TABLE prints (print text);
CREATE FUNCTION print() RETURNS text LANGUAGE plpgsql AS $$ -- with the same key
BEGIN
    UPDATE export_leads_cluster SET key = 'key';
    RETURN _export_leads_fingerprint();
END;
$$;
SELECT commit_now() \g /dev/null
TRUNCATE citus_heard;
INSERT INTO prints SELECT _export_leads_fingerprint();
SELECT export_leads_grant('crm_app', 7), commit_now() \g /dev/null
INSERT INTO prints SELECT _export_leads_fingerprint();
SELECT export_leads_allow('crm_app'), commit_now() \g /dev/null
INSERT INTO prints SELECT _export_leads_fingerprint();
SELECT is((SELECT count(DISTINCT print) FROM prints), 3::bigint, 'the fingerprint is another after each change');
SELECT is((SELECT count(*) FROM citus_heard), 2::bigint, 'and the worker is told of each');
SELECT export_leads_forbid('crm_app'), export_leads_revoke('crm_app', 7), export_leads_allow('crm_app'), commit_now()
\g /dev/null
SELECT is((SELECT count(*) FROM citus_heard), 3::bigint, 'of several at once only once');
TRUNCATE prints;
INSERT INTO prints SELECT print();
SELECT export_leads_set_header('phone', 'Mobile') \g /dev/null
INSERT INTO prints SELECT print();
SELECT export_leads_add_column('city', 'lead.notes') \g /dev/null
INSERT INTO prints SELECT print();
SELECT count(*) AS steps FROM export_leads_setup(time_zone => 'Asia/Jerusalem') \gset
INSERT INTO prints SELECT print();
SELECT count(*) AS steps FROM export_leads_setup(session_setting => 'app.tenant') \gset
INSERT INTO prints SELECT print();
SELECT is((SELECT count(DISTINCT print) FROM prints), 5::bigint,
          'with the same key, too, where it decides what files hold');
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT commit_now() \g /dev/null

-- The check.
SELECT repeat_on_shards() \g /dev/null
UPDATE citus_says SET answer = jsonb_build_object('fingerprint', _export_leads_fingerprint(), 'findings', NULL)::text;
SELECT is((SELECT string_agg(name, ',') FROM export_leads_check() WHERE level = 'error'), NULL,
          'the check finds nothing');
CREATE FUNCTION found_after(change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    found text;
BEGIN
    EXECUTE replace(change, '<shard>', current_setting('test.shard'));
    SELECT string_agg(concat_ws(' ', c.name, replace(c.object, current_setting('test.shard'), '<shard>')),
        ', ') INTO found
    FROM export_leads_check() AS c WHERE c.level = 'error' OR c.name ~ 'node';
    RAISE EXCEPTION USING ERRCODE = 'P0003', MESSAGE = found;
EXCEPTION WHEN SQLSTATE 'P0003' THEN
    RETURN SQLERRM;
END;
$$;
SELECT is(found_after(change), findings, change) FROM (VALUES
    ('UPDATE citus_says SET answer = ''{}''', 'node_differs node worker:5432'),
    ('UPDATE citus_says SET success = false', 'node_unchecked node worker:5432'),
    ('UPDATE citus_says SET answer = jsonb_set(answer::jsonb, ''{findings}'', ''[{"name": "policy_missing", '
     '"level": "error", "object": "public.leads_1"}]'')::text', 'policy_missing node worker:5432, public.leads_1'),
    ('UPDATE pg_dist_partition SET colocationid = 2 WHERE logicalrelid = ''call_log''::regclass',
        'distributed_table public.call_log'),
    ('DELETE FROM pg_dist_object',
     'not_passed public._export_leads_at(bigint,text,text,text[],text,text,text,boolean,text[],bigint,bytea)'),
    ('INSERT INTO pg_dist_object SELECT ''pg_proc''::regclass, ''export_leads_csv(bigint, text, text[], '
     'export_leads_time_bound, export_leads_time_bound)''::regprocedure, 0, 0, 1, true',
     'function_distributed public.export_leads_csv(bigint,text,text[],public.export_leads_time_bound,'
     'public.export_leads_time_bound)'),
    ('CREATE POLICY own ON leads AS RESTRICTIVE USING (true)', 'policy_unbound public.leads'),
    ('ALTER TABLE <shard> DISABLE ROW LEVEL SECURITY', 'row_security_disabled public.<shard>')
) AS t (change, findings);

-- A worker.
UPDATE pg_dist_local_group SET groupid = 1;
UPDATE pg_dist_placement SET groupid = 1;
SET app.tenant = '7';
SELECT throws_ok('SELECT FROM ' || call, '55000', message, call) FROM (VALUES
    ('export_leads_setup()', 'this node is a worker of Citus'),
    ('export_leads_teardown()', 'this node is a worker of Citus'),
    ('export_leads_set_header(''phone'', ''Cell'')', 'this node is a worker of Citus'),
    ('export_leads_allow(''crm_app'')', 'this node is a worker of Citus'),
    ('export_leads_save(7, ''new'')', 'kept exports and schedules are on the coordinator of Citus'),
    ('export_leads_history(7)', 'kept exports and schedules are on the coordinator of Citus')
) AS t (call, message);
SELECT is((SELECT string_agg(name, ',') FROM export_leads_check() WHERE level = 'error'), NULL,
          'a worker''s check finds nothing');
SELECT cmp_ok(length(export_leads_csv(7, 'new')), '>', 100, 'a worker exports');

SELECT * FROM finish();
ROLLBACK;
