-- A remediation that writes a policy's condition anew keeps its meaning, whatever the settings of the session that it
-- is printed and run in: what other roles see must not depend on how a DBA likes dates printed.

BEGIN;
SET client_min_messages = warning;
\i test/fixtures/application.sql
ALTER TABLE leads ADD seen timestamptz;
CREATE SCHEMA export_leads;
CREATE EXTENSION export_leads SCHEMA export_leads;
SELECT count(*) AS steps FROM export_leads.export_leads_setup() \gset

-- What becomes of a restrictive policy when its remediation is printed under some settings and run under others.
CREATE FUNCTION test_mended(printed_under text[], run_under text[], condition text, OUT becomes text)
LANGUAGE plpgsql AS $$
DECLARE
    remediation text;
BEGIN
    EXECUTE format('CREATE POLICY site ON public.leads AS RESTRICTIVE USING (%s)', condition);
    PERFORM set_config(split_part(s, '=', 1), split_part(s, '=', 2), true) FROM unnest(printed_under) AS s;
    SELECT c.remediation INTO STRICT remediation
    FROM export_leads.export_leads_check() AS c WHERE c.name = 'restrictive_policy';
    PERFORM set_config(split_part(s, '=', 1), split_part(s, '=', 2), true) FROM unnest(run_under) AS s;
    EXECUTE remediation;
    SET LOCAL DateStyle = 'ISO, YMD';
    SET LOCAL IntervalStyle = postgres;
    SET LOCAL TimeZone = 'UTC';
    SET LOCAL extra_float_digits = 1;
    SELECT pg_get_expr(p.polqual, p.polrelid) INTO becomes FROM pg_policy AS p WHERE p.polname = 'site';
    RAISE EXCEPTION USING ERRCODE = 'P0100';
EXCEPTION WHEN SQLSTATE 'P0100' THEN
    RETURN;
END;
$$;
CREATE TEMP TABLE cases (printed_under text[], run_under text[], condition text, becomes text);
INSERT INTO cases VALUES
    ('{DateStyle=ISO}', '{}', 'seen >= ''2024-02-01 10:00+05:30''', '(seen >= ''2024-02-01 04:30:00+00''::%s)'),
    ('{"DateStyle=SQL, DMY",TimeZone=Asia/Kolkata}', '{}', 'seen >= ''2024-02-01 10:00+05:30''',
     '(seen >= ''2024-02-01 04:30:00+00''::%s)'),
    ('{"DateStyle=SQL, DMY"}', '{"DateStyle=SQL, MDY"}', 'seen >= ''2024-02-01 10:00+00''',
     '(seen >= ''2024-02-01 10:00:00+00''::%s)'),
    ('{extra_float_digits=-10}', '{}', 'id > 0.123456789012345 * ''2.123456789012345''::float8',
     '((id)::double precision > ((0.123456789012345)::double precision * ''2.123456789012345''::double precision))'),
    ('{IntervalStyle=sql_standard}', '{IntervalStyle=postgres}', 'now() - seen < ''-1 day -02:03''',
     '((now() - seen) < ''-1 days -02:03:00''::interval)');

SELECT plan((SELECT count(*) FROM cases)::int);
SELECT is(test_mended(printed_under, run_under, condition),
          format('((CURRENT_USER = ''export_leads_reader''::name) OR %s)', format(becomes, 'timestamp with time zone')),
          format('the condition %s is the same after its remediation was printed under %s and run under %s', condition,
                 printed_under, run_under))
FROM cases;
SELECT finish();
ROLLBACK;
