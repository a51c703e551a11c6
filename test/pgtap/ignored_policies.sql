-- A site's permissive policies take no part in an export, nor do restrictive policies that exempt the reader: for the
-- reader, (ours OR theirs) AND ours is ours. Whatever they call, read or raise, the file holds what our own policies
-- show.

BEGIN;
SET client_min_messages = warning;
\i test/fixtures/application.sql
CREATE SCHEMA crm;
CREATE TABLE crm.members (tenant int, role name);
CREATE TABLE crm.locked (tenant int);
CREATE VIEW crm.views AS SELECT m.tenant FROM crm.members AS m;
-- Policies that PostgreSQL cannot apply to anybody.
ALTER TABLE crm.members ENABLE ROW LEVEL SECURITY;
CREATE POLICY again ON crm.members USING (tenant IN (SELECT m.tenant FROM crm.members AS m));
SET check_function_bodies = off;
CREATE FUNCTION crm.is_member(int) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS
    'SELECT EXISTS (SELECT FROM locked WHERE tenant = $1)';
CREATE FUNCTION crm.fails(int) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS
    'BEGIN RAISE EXCEPTION ''a row of tenant %'', $1; END';
REVOKE ALL ON FUNCTION crm.is_member, crm.fails FROM PUBLIC;
CREATE FUNCTION crm.nowhere(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 IN (SELECT tenant FROM gone)';
RESET check_function_bodies;
ALTER TABLE leads ENABLE ROW LEVEL SECURITY;
ALTER TABLE lead_statuses ENABLE ROW LEVEL SECURITY;
ALTER TABLE call_log ENABLE ROW LEVEL SECURITY;
CREATE SCHEMA export_leads;
CREATE EXTENSION export_leads SCHEMA export_leads;
SELECT count(*) AS steps FROM export_leads.export_leads_setup() \gset

-- What becomes of the file of 7, with policies of one condition on all three tables; {t} is the tenant's column. All of
-- it is undone.
CREATE FUNCTION test_with(attributes text, condition text, exporting text DEFAULT 'new', OUT file text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE POLICY site ON public.leads %s', attributes)
            || format(' USING (%s)', replace(condition, '{t}', 'tenant_id'));
    EXECUTE format('CREATE POLICY site ON public.lead_statuses %s', attributes)
            || format(' USING (%s)', replace(condition, '{t}', 'business_id'));
    EXECUTE format('CREATE POLICY site ON public.call_log %s', attributes)
            || format(' USING (%s)', replace(condition, '{t}', 'business_id'));
    IF EXISTS (SELECT FROM export_leads.export_leads_check() AS c WHERE c.level <> 'info') THEN
        RAISE EXCEPTION 'the check finds something to mend';
    END IF;
    file := export_leads.export_leads_csv('7', exporting);
    RAISE EXCEPTION USING ERRCODE = 'P0100';
EXCEPTION
    WHEN SQLSTATE 'P0100' THEN
        RETURN;
    WHEN OTHERS THEN
        file := format('%s: %s', SQLSTATE, SQLERRM);
END;
$$;

CREATE TEMP TABLE conditions (place serial, condition text);
INSERT INTO conditions (condition) VALUES
    ('true'), ('false'), ('{t} = 13'), ('NOT {t} = 7'), ('random() < 0.5'),
    ('{t} = current_setting(''app.t'')::int'),
    ('({t} = current_setting(''app.t'')::int) IS NOT FALSE'),
    ('crm.is_member({t})'), ('crm.fails({t})'), ('crm.nowhere(7)'), ('crm.nowhere({t})'),
    ('1 / 0 = {t}'),
    ('{t} IN (SELECT l.tenant FROM crm.locked AS l)'),
    ('{t} IN (SELECT m.tenant FROM crm.members AS m WHERE m.role = CURRENT_USER)'),
    ('{t} IN (SELECT v.tenant FROM crm.views AS v)'),
    ('EXISTS (SELECT FROM pg_catalog.pg_authid)'),
    ('{t} IN (SELECT l.tenant_id FROM public.leads AS l)'),
    ('{t} IN (SELECT s.business_id FROM public.lead_statuses AS s)'),
    ('{t} IN (SELECT c.business_id FROM public.call_log AS c WHERE c.status = ''x'')'),
    ('(SELECT count(*) FROM public.leads AS l, public.call_log AS c, crm.members AS m) > 0');
CREATE TEMP TABLE attributes (place serial, attributes text, exemption text);
INSERT INTO attributes (attributes, exemption) VALUES
    ('AS PERMISSIVE', ''), ('FOR SELECT TO PUBLIC', ''), ('FOR ALL TO crm_app, export_leads_reader', ''),
    ('FOR UPDATE', ''),
    ('AS RESTRICTIVE', 'CURRENT_USER = ''export_leads_reader'' OR '),
    ('AS RESTRICTIVE FOR SELECT TO export_leads_reader', 'CURRENT_USER = ''export_leads_reader''::name OR false OR ');

SELECT plan((SELECT count(*) FROM conditions)::int * (SELECT count(*) FROM attributes)::int + 60);
SELECT test_expected_csv('7', 'new') AS expected \gset
SELECT is(test_with(a.attributes, a.exemption || '(' || c.condition || ')'), :'expected',
          format('the file of 7 is whole beside policies %s USING (%s%s)', a.attributes, a.exemption, c.condition))
FROM attributes AS a CROSS JOIN conditions AS c ORDER BY a.place, c.place;

-- The textbook's policy, where a pool's session has an empty setting, or another tenant's.
SELECT is(w.file, :'expected',
          format('the file of 7 is whole beside a policy on the setting app.t where that is %L', s.setting))
FROM unnest(ARRAY['', '7', '13', 'x']) AS value, LATERAL set_config('app.t', value, true) AS s (setting),
     LATERAL test_with('', '{t} = current_setting(''app.t'')::int') AS w;

-- All that may be made of those: each time other three, in another order.
CREATE TEMP TABLE mixtures AS
SELECT n, (SELECT string_agg(format(CASE WHEN hash % 2 = 0 THEN '(%s)' ELSE '(NOT (%s))' END, c.condition),
                             CASE WHEN n % 2 = 0 THEN ' OR ' ELSE ' AND ' END ORDER BY hash)
           FROM (SELECT d.condition, hashtext(n || d.condition) AS hash
                 FROM conditions AS d ORDER BY hash LIMIT 3) AS c)
          AS condition
FROM generate_series(1, 40) AS n;
SELECT is(test_with(a.attributes, a.exemption || '(' || m.condition || ')', m.status),
          test_expected_csv('7', m.status),
          format('the file is whole beside policies %s, for status %s: %s', a.attributes, m.status, m.condition))
FROM (SELECT *, (ARRAY['new', 'vip', 'closed'])[1 + n % 3] AS status FROM mixtures) AS m
JOIN attributes AS a ON a.place = 1 + m.n % (SELECT count(*) FROM attributes)
ORDER BY m.n;

-- A restrictive policy that does not put the exemption first, or exempts somebody else, is no exemption.
SELECT matches(test_with('AS RESTRICTIVE', condition), '^P0001: the check finds',
               format('a restrictive policy that exempts nobody properly is a finding: %s', condition))
FROM unnest(ARRAY['{t} > 0 OR CURRENT_USER = ''export_leads_reader''',
                  'CURRENT_USER = ''export_leads_readers'' OR {t} > 0',
                  'CURRENT_USER = ''export_leads_reader'' AND {t} > 0', '(SELECT count(*) FROM crm.locked) = 0',
                  'SESSION_USER = ''export_leads_reader'' OR {t} > 0', 'CURRENT_USER = ''export_leads_reader'''])
    AS condition;

-- What is not taken out still counts: a policy that exports obey, beside one that would let through what it hides.
CREATE POLICY strict ON leads AS RESTRICTIVE USING (id <> 1);
SELECT count(*) AS steps FROM export_leads.export_leads_setup(accepted_policies => '{strict}') \gset
SELECT unalike(test_with('', 'id = 1 OR {t} = current_setting(''app.t'')::int'), '%Dana L.%',
               'an accepted policy hides what a permissive one would show');
SELECT unalike(test_with('AS RESTRICTIVE', 'CURRENT_USER = ''export_leads_reader'' OR crm.fails({t})'), '%Dana L.%',
               'a restrictive policy that exempts the reader does not undo what an accepted one hides');
SELECT alike(test_with('', 'id = 1'), U&'%,2,\05DC\05DC\05D0 \05E9\05DD,%',
             'an accepted policy hides no more rows than its condition says');
DROP POLICY strict ON leads;
SELECT count(*) AS steps FROM export_leads.export_leads_setup(accepted_policies => '{}') \gset

-- One that reads another table cannot be obeyed. What to do is for the site to decide.
CREATE POLICY strict ON leads AS RESTRICTIVE
    USING (NOT EXISTS (SELECT FROM crm.locked AS l WHERE l.tenant = tenant_id));
SELECT results_eq('SELECT name FROM export_leads.export_leads_check() WHERE level <> ''info''',
          ARRAY['restrictive_policy'],
                  'a restrictive policy that nobody accepted is one finding, whatever table it reads');
SELECT count(*) AS steps
FROM export_leads.export_leads_setup(accepted_policies => '{strict}', mutable_policies => '{strict}') \gset
SELECT results_eq('SELECT name, remediation FROM export_leads.export_leads_check() WHERE level = ''error''',
                  $$VALUES ('other_table', NULL::text)$$,
                  'an accepted policy that reads another table is an error without a remediation');
DROP POLICY strict ON leads;
SELECT count(*) AS steps FROM export_leads.export_leads_setup(accepted_policies => '{}') \gset

-- Nothing is left behind: other roles are held to the policies as ever, in this session too.
CREATE POLICY site ON leads USING (tenant_id = 13);
CREATE POLICY narrow ON leads AS RESTRICTIVE USING (CURRENT_USER = 'export_leads_reader' OR id < 103);
CREATE ROLE reporting;
GRANT SELECT ON leads TO reporting;
CREATE FUNCTION test_sees(role name, OUT ids int[]) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', role);
    ids := ARRAY(SELECT l.id FROM public.leads AS l ORDER BY l.id);
    RESET ROLE;
END;
$$;
SELECT is(test_sees('reporting'), '{101,102}', 'before an export another role sees what the policies show it');
SELECT is(export_leads.export_leads_csv('7', 'new'), :'expected',
          'an export holds what our own policies show, not what the site''s do');
SELECT is(test_sees('reporting'), '{101,102}', 'after an export the other role sees the same as before');
SELECT matches(test_error('SELECT export_leads.export_leads_csv(7, ''new'', ''{nothing}'')'), '^22023: ',
               'an export of an unknown column fails');
SELECT is(test_sees('reporting'), '{101,102}', 'after an export that failed the other role sees the same as before');
DROP POLICY site ON leads;
DROP POLICY narrow ON leads;

SELECT finish();
ROLLBACK;
