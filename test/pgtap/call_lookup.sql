-- The latest calls are found for each lead by an index, whose first call it is or is not, or for all leads in one pass,
-- as the planner decides. All ways give the same bytes from data that is easy to get wrong, and the same isolation,
-- serial or parallel.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(85);
CREATE EXTENSION export_leads;
SELECT count(*) AS steps FROM export_leads_setup() \gset

-- Leads of tenant 7 with the same creation time, or without one, and calls with the same time, without one, of other
-- tenants, on leads that have no other call, and on leads that do not exist.
INSERT INTO leads (id, tenant_id, name, status, notes, created_at)
SELECT 1000 + n,
       CASE n % 7 WHEN 0 THEN 13 WHEN 1 THEN NULL ELSE 7 END,
       CASE WHEN n % 7 > 1 THEN 'lead ' || n ELSE 'SECRET13' END,
       CASE n % 11 WHEN 0 THEN 'closed' ELSE 'new' END,
       CASE WHEN n % 7 > 1 THEN repeat('x', n % 90) ELSE 'SECRET13' END,
       CASE n % 13 WHEN 0 THEN NULL ELSE timestamp '2025-01-01' + n % 40 * interval '1 hour' END
FROM generate_series(1, 400) AS n;
INSERT INTO call_log (id, business_id, lead_id, call_status, created_at)
SELECT 1000 + n,
       CASE n % 5 WHEN 0 THEN 13 WHEN 1 THEN NULL ELSE 7 END,
       1000 + n * 7 % 450,
       CASE WHEN n % 5 > 1 THEN 'call ' || n ELSE 'SECRET13' END,
       CASE n % 6 WHEN 0 THEN NULL ELSE timestamp '2025-06-01' + n % 3 * interval '1 hour' END
FROM generate_series(1, 12000) AS n
WHERE n % 450 > 60;
INSERT INTO call_log (id, business_id, lead_id, call_status, created_at)
SELECT 20000 + n, 7, NULL, 'on no lead', '2026-01-01' FROM generate_series(1, 10) AS n;
ANALYZE leads, lead_statuses, call_log;
CREATE TEMP TABLE expected AS
SELECT status, md5(test_expected_csv('7', status)) AS file FROM unnest(ARRAY['new', 'closed', 'none', 'VIP']) AS status;

CREATE FUNCTION test_plan(status text DEFAULT 'new') RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN plan LIKE '%Unique%' THEN 'at once'
                WHEN plan LIKE '%Limit%' THEN 'per lead'
                WHEN plan LIKE '%Nested Loop Left Join%' THEN 'by first match'
                ELSE plan END
           || CASE WHEN plan LIKE '%Gather%' THEN ', parallel' ELSE '' END
    FROM (SELECT string_agg(line, E'\n') AS plan FROM export_leads_explain('7', status) AS line) AS p
$$;
CREATE FUNCTION test_lookup(wanted text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    file text;
BEGIN
    RETURN NEXT is(test_plan(), wanted, 'the planner looks up the calls ' || wanted);
    RETURN QUERY SELECT is(md5(export_leads_csv('7', e.status)), e.file,
                           format('with calls looked up %s the file of status "%s" is right', wanted, e.status))
                 FROM expected AS e;
    file := export_leads_csv('7', 'new');
    RETURN NEXT ok(file NOT LIKE '%SECRET13%',
                   format('with calls looked up %s nothing of another tenant is in the file', wanted));
    RETURN NEXT ok(file LIKE '%lead 100,%' AND length(file) > 20000,
                   format('with calls looked up %s the file has the lead 100 and is not small', wanted));
    RETURN NEXT ok(md5(export_leads_csv('13', 'new')) = md5(test_expected_csv('13', 'new')),
                   format('with calls looked up %s the file of tenant 13 is right', wanted));
END;
$$;

-- What the planner does by itself.
SELECT is(test_plan(), 'at once', 'the planner takes one pass where no index finds the calls of a lead');
SELECT is(md5(export_leads_csv('7', 'new')), file, 'the file is right where the planner takes one pass')
FROM expected WHERE status = 'new';
CREATE INDEX call_log_latest ON call_log (lead_id, created_at DESC, id DESC);
SELECT is(test_plan('VIP'), 'by first match', 'the planner uses an index for each lead where there are few leads');
SELECT is(md5(export_leads_csv('7', 'VIP')), file, 'the file is right where the planner uses an index for each lead')
FROM expected WHERE status = 'VIP';

-- Makes one way cheaper by the costs, since what settings that forbid a kind of join do differs between versions: the
-- look-ups per lead are random access, and one pass reads more rows. Without the one index that
-- has the order wanted, a look-up sorts the calls of its lead.
CREATE INDEX ON call_log (lead_id);
CREATE FUNCTION test_prefer(wanted text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('random_page_cost', CASE wanted WHEN 'at once' THEN '100000' ELSE '0' END, true),
            set_config('seq_page_cost', '0', true),
            set_config('cpu_tuple_cost', CASE wanted WHEN 'at once' THEN '0.01' ELSE '1000' END, true);
    UPDATE pg_index SET indisvalid = wanted <> 'per lead' WHERE indexrelid = 'call_log_latest'::regclass;
END;
$$;
SET jit = off;  -- which such costs would switch on for the oracle
SELECT test_prefer('by first match') AS preferred \gset
SELECT test_lookup('by first match');
SELECT test_prefer('per lead') AS preferred \gset
SELECT test_lookup('per lead');
SELECT test_prefer('at once') AS preferred \gset
SELECT test_lookup('at once');

-- Own columns that use the call, and selections of columns with and without it.
SELECT lives_ok($$SELECT export_leads_add_column('missed',
                                                 'COALESCE(call.status, call.call_status, ''nobody called'')'),
                         export_leads_add_column('call', 'call.id'),
                         export_leads_add_column('both', 'concat(status.label, call.call_status)')$$,
                'own columns may use the latest call');
UPDATE call_log SET status = CASE WHEN business_id = 7 THEN NULL ELSE 'SECRET13' END;
CREATE TEMP TABLE all_ways (way text, columns text[], file text);
CREATE FUNCTION test_export_all(way text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM test_prefer(way);
    INSERT INTO all_ways
    SELECT way, c.columns::text[],
           export_leads_csv('7', 'new', c.columns::text[], '2025-01-01T05:00:00Z', '2025-01-02T00:00:00Z')
    FROM unnest(ARRAY['{lead_id,missed}', '{call}', '{call,last_call_at,lead_id,missed}', '{last_call_status}',
                      '{lead_id,last_call_at}', '{lead_id,notes}', '{both,call}']) AS c (columns);
    RETURN 1;
END;
$$;
SELECT count(test_export_all(way)) AS ways FROM unnest(ARRAY['by first match', 'per lead', 'at once']) AS way \gset
SELECT is(md5(p.file), md5(a.file), format('the file of the columns %s is the same %s and at once', p.columns, p.way))
FROM all_ways AS p JOIN all_ways AS a USING (columns) WHERE p.way <> 'at once' AND a.way = 'at once';
SELECT matches(file, ',nobody called\r\n',
               format('with calls looked up %s an own column is computed for a lead without a call', way))
FROM all_ways WHERE columns = '{lead_id,missed}';
SELECT ok(bool_and(file NOT LIKE '%SECRET13%'),
          'nothing of another tenant is in any of the files with selected columns')
FROM all_ways;

-- In any way the code of a site's policy sees no row of another tenant, and a policy of ours that changed is noticed.
CREATE FUNCTION site_code(tenant int) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$
BEGIN
    IF tenant IS DISTINCT FROM 7 THEN
        RAISE EXCEPTION 'a policy''s code sees tenant %', tenant;
    END IF;
    RETURN true;
END;
$$;
CREATE FUNCTION test_isolation(way text) RETURNS SETOF text LANGUAGE plpgsql AS $test$
BEGIN
    PERFORM test_prefer(way);
    CREATE POLICY site ON leads AS RESTRICTIVE USING (site_code(tenant_id));
    CREATE POLICY site ON call_log AS RESTRICTIVE USING (site_code(business_id));
    PERFORM FROM export_leads_setup(accepted_policies => '{site}', mutable_policies => '{site}');
    RETURN NEXT is(test_plan(), way, 'with a site''s policies the planner looks up the calls ' || way);
    RETURN NEXT is(md5(export_leads_csv('7', 'new')), md5(test_expected_csv('7', 'new')),
                   format('with calls looked up %s the code of a site''s policy sees tenant 7 alone', way));
    DROP POLICY site ON leads;
    DROP POLICY site ON call_log;
    ALTER POLICY export_leads_only_tenant ON call_log USING (true);
    RETURN NEXT is(test_error($$SELECT export_leads_csv('7', 'new')$$),
                   '55000: policy "export_leads_only_tenant" on table "public.call_log" is not as set-up created it '
                   '("SELECT * FROM public.export_leads_check()" shows what is wrong and how to mend it.)',
                   format('with calls looked up %s a policy of ours that was altered stops exports', way));
    PERFORM test_mend();
END;
$test$;
SELECT test_isolation(way) FROM unnest(ARRAY['by first match', 'at once']) AS way;

-- Parallel plans of each.
UPDATE call_log SET status = 'x';
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET min_parallel_index_scan_size = 0;
ALTER TABLE call_log SET (parallel_workers = 0);
SELECT test_prefer('by first match') AS preferred \gset
SELECT test_lookup('by first match, parallel');
SELECT test_prefer('per lead') AS preferred \gset
SELECT test_lookup('per lead, parallel');
ALTER TABLE call_log RESET (parallel_workers);
SELECT test_prefer('at once') AS preferred \gset
SELECT test_lookup('at once, parallel');
SET parallel_leader_participation = off;
SELECT test_lookup('at once, parallel');

SELECT finish();
ROLLBACK;
