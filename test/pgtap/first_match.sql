-- Where an index returns the calls of a lead in the order wanted, a look-up stops at the first of them without a LIMIT.
-- With any other index it must not, as its first call may be any; and with every index the file is the same.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(92);
CREATE EXTENSION export_leads;
SELECT count(*) AS steps FROM export_leads_setup() \gset

-- Calls in which the latest of a lead is neither the first nor the last by any other order: by place, id, status or
-- tenant. Some have the same time, some no time, some no id, which comes first among those of the same time.
ALTER TABLE call_log DROP CONSTRAINT call_log_pkey;
ALTER TABLE call_log ALTER id DROP NOT NULL;
INSERT INTO leads (id, tenant_id, name, status, created_at)
SELECT 1000 + n, 7, 'lead ' || n, 'new', timestamp '2025-01-01' + n * interval '1 hour'
FROM generate_series(1, 60) AS n;
INSERT INTO call_log (id, business_id, lead_id, call_status, created_at)
SELECT CASE WHEN n % 37 = 0 THEN NULL ELSE 1000 + n * 71 % 2400 END,
       CASE n % 5 WHEN 0 THEN 13 WHEN 1 THEN NULL ELSE 7 END,
       1001 + n % 59,
       CASE WHEN n % 5 > 1 THEN 'call ' || n * 31 % 2400 ELSE 'SECRET13' END,
       CASE n % 6 WHEN 0 THEN NULL ELSE timestamp '2025-06-01' + n * 17 % 7 * interval '1 hour' END
FROM generate_series(1, 2400) AS n;
ANALYZE leads, lead_statuses, call_log;
CREATE TEMP TABLE expected AS SELECT md5(test_expected_csv('7', 'new')) AS file;

-- Look-ups per lead cost nothing, and what else there is, much.
SET client_min_messages = warning;
SET jit = off;
SET random_page_cost = 0;
SET seq_page_cost = 0;
SET cpu_tuple_cost = 1000;
CREATE FUNCTION test_plan() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(line, E'\n') FROM export_leads_explain('7', 'new') AS line
$$;
CREATE FUNCTION test_stops() RETURNS boolean LANGUAGE sql AS $$
    SELECT plan ~ 'Nested Loop Left Join' AND plan !~ 'Limit|Unique' FROM test_plan() AS plan
$$;
CREATE FUNCTION test_with(index text, wanted boolean) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'CREATE INDEX probe ON call_log ' || index;
    ANALYZE call_log;
    RETURN NEXT is(test_stops(), wanted, format('%s the index %s a look-up stops at the first call',
                                                CASE WHEN wanted THEN 'with' ELSE 'not with' END, index));
    RETURN NEXT is(md5(export_leads_csv('7', 'new')), (SELECT file FROM expected),
                   format('with the index %s the file has the latest calls', index));
    DROP INDEX probe;
END;
$$;

-- A btree of another order than the types' own.
CREATE FUNCTION test_compare(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE STRICT RETURN btint4cmp(b, a);
CREATE OPERATOR CLASS backward FOR TYPE int USING btree AS
    OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 test_compare(int, int);

SELECT test_with(index, wanted) FROM (VALUES
    -- in the order wanted, forward or backward, after what is equal for all calls of a lead
    ('(lead_id, created_at DESC, id DESC)', true),
    ('(lead_id, created_at, id)', true),
    ('(lead_id, created_at DESC, id DESC) INCLUDE (business_id, call_status)', true),
    ('(business_id, lead_id, created_at DESC, id DESC) INCLUDE (call_status)', true),
    ('(lead_id, business_id, created_at, id)', true),
    ('(lead_id DESC, created_at DESC, id DESC, call_status)', true),
    -- partial, with all calls that are wanted
    ('(lead_id, created_at DESC, id DESC) WHERE created_at IS NOT NULL', true),
    ('(lead_id, created_at DESC, id DESC) WHERE business_id = 7', true),
    ('(lead_id, created_at DESC, id DESC) WHERE business_id <> 13', true),
    -- another order
    ('(lead_id, id DESC, created_at DESC)', false),
    ('(lead_id, created_at DESC, id)', false),
    ('(lead_id, created_at, id DESC)', false),
    ('(lead_id, call_status, created_at DESC, id DESC)', false),
    ('(lead_id, created_at DESC, call_status, id DESC)', false),
    ('(lead_id, created_at DESC NULLS LAST, id DESC)', false),
    ('(lead_id, created_at DESC, id DESC NULLS LAST)', false),
    ('(lead_id, created_at NULLS FIRST, id NULLS FIRST)', false),
    ('(lead_id, created_at, id backward)', false),
    -- without a column, or with one that is not ordered
    ('(lead_id)', false),
    ('(business_id, lead_id)', false),
    ('(lead_id, created_at DESC)', false),
    ('(lead_id, id DESC)', false),
    ('(lead_id, created_at DESC) INCLUDE (id)', false),
    ('(lead_id) INCLUDE (created_at, id)', false),
    -- partial, without some that are wanted
    ('(lead_id, created_at DESC, id DESC) WHERE id > 1500', false),
    ('(lead_id, created_at DESC, id DESC) WHERE business_id = 13', false),
    -- expressions
    ('(lead_id, (created_at + interval ''0'') DESC, id DESC)', false),
    ('(lead_id, created_at DESC, (id + 0) DESC)', false),
    ('((lead_id + 0), created_at DESC, id DESC)', false),
    -- no order at all
    ('USING hash (lead_id)', false),
    ('USING brin (lead_id, created_at, id)', false)
) AS v (index, wanted);

-- An index that is being built or was left so. It may lack the calls that came meanwhile.
CREATE FUNCTION test_unfinished(state text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    CREATE INDEX probe ON call_log (lead_id, created_at DESC, id DESC);
    EXECUTE format('UPDATE pg_index SET %s WHERE indexrelid = ''probe''::regclass', state);
    INSERT INTO call_log (id, business_id, lead_id, call_status, created_at)
    VALUES (9000, 7, 1001, 'the call that came meanwhile', '2027-01-01');
    RETURN NEXT is(test_stops(), false, format('not with an index of %s a look-up stops at the first call', state));
    RETURN NEXT ok(export_leads_csv('7', 'new') LIKE '%,the call that came meanwhile,%',
                   format('with an index of %s the file has the latest calls', state));
    DELETE FROM call_log WHERE id = 9000;
    DROP INDEX probe;
END;
$$;
SELECT test_unfinished(state)
FROM unnest(ARRAY['indisvalid = false', 'indisvalid = false, indisready = false']) AS state;

-- Policies that are obeyed, in the order wanted or not. A LIMIT stays where a subquery that is evaluated once hangs on
-- it.
CREATE INDEX latest ON call_log (lead_id, created_at DESC, id DESC);
CREATE FUNCTION test_obeying(condition text, wanted boolean) RETURNS SETOF text LANGUAGE plpgsql AS $test$
BEGIN
    EXECUTE format('CREATE POLICY site ON call_log AS RESTRICTIVE USING (%s)', condition);
    PERFORM FROM export_leads_setup(accepted_policies => '{site}');
    EXECUTE format('CREATE OR REPLACE VIEW test_calls AS
                    SELECT business_id::text AS tenant, id, lead_id, call_status::text AS status, created_at
                    FROM call_log WHERE %s', condition);
    RETURN NEXT is(test_stops(), wanted, format('%s a policy with %s a look-up stops at the first call',
                                                CASE WHEN wanted THEN 'with' ELSE 'not with' END, condition));
    RETURN NEXT is(md5(export_leads_csv('7', 'new')), (SELECT md5(test_expected_csv('7', 'new'))),
                   format('with a policy with %s the file has the latest calls of those', condition));
    DROP POLICY site ON call_log;
END;
$test$;
SELECT test_obeying(condition, wanted) FROM (VALUES
    ('call_status > ''call 5''', true),
    ('id = ANY (ARRAY(SELECT l.id FROM leads AS l))', false),
    ('created_at < (SELECT min(l.created_at) + interval ''151 days 4 hours'' FROM leads AS l)', false),
    ('EXISTS (SELECT FROM leads AS l WHERE l.id = call_log.lead_id AND l.name > ''lead 2'')', true),
    ('id % 3 = ANY (''{0,2}'')', true)
) AS v (condition, wanted);
SELECT count(*) AS steps FROM export_leads_setup(accepted_policies => '{}') \gset

-- Other calls: with a child, in partitions, and with ids whose order depends on a collation.
CREATE FUNCTION test_tables(title text, wanted boolean) RETURNS SETOF text LANGUAGE plpgsql AS $test$
BEGIN
    ANALYZE call_log;
    CREATE OR REPLACE VIEW test_calls AS
        SELECT business_id::text AS tenant, id, lead_id, call_status::text AS status, created_at FROM call_log;
    PERFORM FROM export_leads_setup();
    RETURN NEXT is(test_stops(), wanted, format('%s %s a look-up stops at the first call',
                                                CASE WHEN wanted THEN 'with' ELSE 'not with' END, title));
    RETURN NEXT is(md5(export_leads_csv('7', 'new')), (SELECT md5(test_expected_csv('7', 'new'))),
                   format('with %s the file has the latest calls', title));
END;
$test$;
CREATE TABLE old_calls () INHERITS (call_log);
WITH moved AS (DELETE FROM ONLY call_log WHERE id % 4 < 2 RETURNING *) INSERT INTO old_calls SELECT * FROM moved;
CREATE INDEX ON old_calls (lead_id, created_at DESC, id DESC);
SELECT test_tables('a child of the calls', false);

DROP VIEW test_calls;
CREATE TABLE all_calls AS SELECT * FROM call_log;
SELECT count(*) AS steps FROM export_leads_teardown() \gset
DROP TABLE call_log CASCADE;
CREATE FUNCTION test_partitions(method text, partitions text[], wanted boolean) RETURNS SETOF text
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'CREATE TABLE call_log (LIKE all_calls) PARTITION BY ' || method;
    FOR i IN 1..array_length(partitions, 1) LOOP
        EXECUTE format('CREATE TABLE calls_%s PARTITION OF call_log %s', i, partitions[i]);
    END LOOP;
    INSERT INTO call_log SELECT * FROM all_calls;
    CREATE INDEX ON call_log (lead_id, created_at DESC, id DESC);
    ALTER TABLE call_log OWNER TO crm_app;
    RETURN QUERY SELECT test_tables('partitions by ' || method, wanted);
    PERFORM FROM export_leads_teardown();
    DROP TABLE call_log CASCADE;
END;
$$;
SELECT test_partitions(method, ARRAY[bounds, 'DEFAULT'], wanted) FROM (VALUES
    ('LIST (business_id)', 'FOR VALUES IN (7)', true),  -- the planner leaves one of them
    ('LIST (call_status)', 'FOR VALUES IN (''call 1'', ''call 2'', ''call 3'')', false),
    ('RANGE (created_at)', 'FOR VALUES FROM (''2025-06-01'') TO (''2025-06-01 03:00'')', false)
) AS v (method, bounds, wanted);

CREATE TABLE call_log AS SELECT * FROM all_calls;
ALTER TABLE call_log ALTER id TYPE text USING CASE id % 2 WHEN 0 THEN 'a' ELSE 'B' END || id;
ALTER TABLE call_log OWNER TO crm_app;
SELECT test_tables('ids that are texts without an index', false);
SELECT test_expected_csv('7', 'new') AS expected_of_texts \gset
TRUNCATE expected;
INSERT INTO expected VALUES (md5(:'expected_of_texts'));
SELECT test_with(index, wanted) FROM (VALUES
    ('(lead_id, created_at DESC, id DESC)', true),
    ('(lead_id, created_at DESC, id COLLATE "und-x-icu" DESC)', false),
    ('(lead_id, created_at DESC, id text_pattern_ops DESC)', false)
) AS v (index, wanted);

SELECT finish();
ROLLBACK;
