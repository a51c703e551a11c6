-- A site's own columns: expressions over the lead, its latest call and its status, what the reader is granted for them
-- and loses with them, and what the doctor says when the tables no longer fit.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(68);
CREATE EXTENSION export_leads;
-- An application may export, or the doctor would say that none does.
SELECT count(export_leads_allow('crm_app')) AS allowed \gset
ALTER TABLE leads ADD city text, ADD score int;
UPDATE leads SET city = CASE tenant_id WHEN 7 THEN 'עיר ' || id ELSE 'SECRET13' END, score = -id;
ALTER TABLE lead_statuses ADD color text;
UPDATE lead_statuses SET color = CASE business_id WHEN 7 THEN 'red' ELSE 'SECRET13' END;
ALTER TABLE call_log ADD agent text;
UPDATE call_log SET agent = CASE business_id WHEN 7 THEN 'agent ' || id ELSE 'SECRET13' END;
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT test_expected_csv('7', 'new') AS expected \gset

-- The reader's privileges on the three tables, sorted.
CREATE FUNCTION test_granted() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(format('%s.%s', p.table_name, p.column_name), ' ' ORDER BY p.table_name, p.column_name)
    FROM information_schema.column_privileges AS p
    WHERE p.grantee = 'export_leads_reader' AND p.privilege_type = 'SELECT'
$$;
CREATE FUNCTION test_newly_granted(before text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(n, ' ' ORDER BY n) FROM unnest(string_to_array(test_granted(), ' ')) AS n WHERE n <> ALL (string_to_array(before, ' '))
$$;
SELECT test_granted() AS granted \gset

-- Over each of the three, and over all of them. Each gets what it reads, and nothing else.
CREATE FUNCTION test_column(expression text, needs text, expected text, status text DEFAULT 'new')
RETURNS SETOF text
LANGUAGE plpgsql
AS $test$
DECLARE
    before CONSTANT text := test_granted();
BEGIN
    PERFORM export_leads_add_column('own', expression);
    RETURN NEXT is(test_newly_granted(before), needs, format('%s needs %s', expression, COALESCE(needs, 'nothing new')));
    RETURN NEXT is(export_leads_csv('7', status, '{lead_id,own}'), expected, format('%s is right', expression));
    PERFORM export_leads_remove_column('own');
    RETURN NEXT is(test_granted(), before, 'and leaves no privilege when it goes');
END;
$test$;
CREATE FUNCTION test_file(query text) RETURNS text LANGUAGE plpgsql AS $test$
DECLARE
    file text;
BEGIN
    EXECUTE format('SELECT string_agg(l.id || '','' || test_csv_cell((%s)::text, true) || E''\r\n'', '''' ORDER BY l.created_at DESC, l.id DESC)
                    FROM leads AS l
                    LEFT JOIN LATERAL (SELECT * FROM call_log AS c WHERE c.lead_id = l.id AND c.business_id = 7 AND c.created_at IS NOT NULL
                                       ORDER BY c.created_at DESC, c.id DESC LIMIT 1) AS call ON true
                    LEFT JOIN lead_statuses AS s ON s.business_id = 7 AND s.name = l.status
                    WHERE l.tenant_id = 7 AND l.status = ''new''', query) INTO file;
    RETURN U&'\FEFFlead_id,own' || E'\r\n' || file;
END;
$test$;
SELECT test_column('lead.city', 'leads.city', test_file('l.city'));
SELECT test_column('lead.score', 'leads.score', test_file('l.score'));
SELECT test_column('lead.notes', NULL, test_file('l.notes'));
SELECT test_column('call.agent', 'call_log.agent', test_file('call.agent'));
SELECT test_column('COALESCE(call.agent, ''nobody called'')', 'call_log.agent', test_file('COALESCE(call.agent, ''nobody called'')'));
SELECT test_column('call.id IS NULL', NULL, test_file('CASE WHEN call.id IS NULL THEN ''t'' ELSE ''f'' END'));
SELECT test_column('status.color', 'lead_statuses.color', test_file('s.color'));
SELECT test_column('concat_ws('','', lead.city, call.agent, status.color, call.created_at)', 'call_log.agent lead_statuses.color leads.city',
                   test_file('concat_ws('','', l.city, call.agent, s.color, call.created_at)'));
SELECT test_column('(SELECT count(*) FROM public.call_log AS c WHERE c.lead_id = lead.id)', NULL,
                   test_file('(SELECT count(*) FROM call_log AS c WHERE c.lead_id = l.id AND c.business_id = 7)'));
SELECT test_column('''constant''', NULL, test_file('''constant''::text'));
SELECT test_column('lead.score -- less is more', 'leads.score', test_file('l.score'));
SELECT test_column('status.color', 'lead_statuses.color', U&'\FEFFlead_id,own\000D\000A13,\000D\000A', 'hidden');

-- Added to the list, in the file only when asked for.
SELECT lives_ok($$SELECT export_leads_add_column('city', 'lead.city', 'עיר'), export_leads_add_column('agent', 'call.agent'),
                         export_leads_add_column('color', 'status.color', 'a;=b')$$, 'a column may come with a header');
SELECT results_eq('SELECT name, header, expression FROM export_leads_available_columns() OFFSET 11',
                  $$VALUES ('agent', 'agent', 'call.agent'), ('city', 'עיר', 'lead.city'), ('color', 'a;=b', 'status.color')$$, 'they are listed last, by name');
SELECT is(export_leads_csv('7', 'new'), :'expected', 'the standard file does not change');
SELECT is(export_leads_csv('7', 'vip', '{color,agent,lead_id,city}'), U&'\FEFF"a;=b",agent,lead_id,עיר\000D\000Ared,,12,עיר 12\000D\000A', 'own and standard columns mix');
SELECT lives_ok($$SELECT export_leads_set_header('agent', 'נציג'), export_leads_set_header('city', NULL)$$, 'their headers can be changed');
SELECT is(export_leads_csv('7', 'none', '{agent,city}'), U&'\FEFFנציג,city\000D\000A', 'like those of the standard ones');
SELECT is(test_newly_granted(:'granted'), 'call_log.agent lead_statuses.color leads.city', 'the reader may read what they need');
SELECT is_empty('SELECT * FROM export_leads_check()', 'and the doctor is content');
SELECT is((SELECT string_agg(action, ',') FROM export_leads_setup() WHERE action <> 'found'), 'unchanged', 'set-up again changes nothing');
SELECT is(export_leads_csv('7', 'vip', '{agent,city,color}'), U&'\FEFFנציג,city,"a;=b"\000D\000A,עיר 12,red\000D\000A', 'and keeps them and their headers');
SELECT ok('export_leads_columns'::regclass = ANY (extconfig), 'a dump holds them') FROM pg_extension WHERE extname = 'export_leads';

-- A privilege that is lost stops the columns that need it, and no others.
REVOKE SELECT (agent) ON call_log FROM export_leads_reader;
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new', '{agent}')$$),
               '^55000: role "export_leads_reader" has no SELECT on column "agent" of table "public.call_log"', 'a lost privilege stops a column');
SELECT is(export_leads_csv('7', 'new'), :'expected', 'and not the others');
SELECT results_eq('SELECT name, remediation FROM export_leads_check()',
                  $$VALUES ('grant_missing', 'GRANT SELECT (agent) ON public.call_log TO export_leads_reader;')$$, 'the doctor knows it');
SELECT test_mend() AS mended \gset
SELECT is(export_leads_csv('7', 'vip', '{agent}'), U&'\FEFFנציג\000D\000A""\000D\000A', 'and mends it');

-- A table's column that is gone.
ALTER TABLE leads RENAME city TO town;
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new', '{city}')$$), '^55000: column lead.city does not exist', 'a renamed column stops its own');
SELECT is(export_leads_csv('7', 'new'), :'expected', 'and not the standard ones');
SELECT is(export_leads_csv('7', 'vip', '{agent,color}'), U&'\FEFFנציג,"a;=b"\000D\000A,red\000D\000A', 'nor the site''s others');
SELECT matches(detail, 'column lead\.city does not exist', 'the doctor names it') FROM export_leads_check();
SELECT lives_ok($$SELECT export_leads_remove_column('city')$$, 'it can be removed');
SELECT is_empty('SELECT * FROM export_leads_check()', 'which mends it');
SELECT is(test_newly_granted(:'granted'), 'call_log.agent lead_statuses.color', 'and takes the privilege on what it has become');
ALTER TABLE call_log DROP COLUMN agent;
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new', '{agent}')$$), '^55000: column call.agent does not exist', 'so does a dropped one');
SELECT is(export_leads_csv('7', 'new'), :'expected', 'which stops no other');

-- The ways out. Each must work while a column is broken, or the site is stuck with it.
ALTER TABLE lead_statuses RENAME color TO colour;
SELECT lives_ok($$SELECT export_leads_remove_column('agent')$$, 'of two broken columns one can be removed');
SELECT lives_ok($$SELECT export_leads_add_column('town', 'lead.town')$$, 'another can be added');
SELECT lives_ok($$SELECT * FROM export_leads_setup()$$, 'set-up can be run again');
SELECT lives_ok($$SELECT test_mend()$$, 'the doctor''s remediations can be run as printed');

-- They outlive a set-up, and the next one grants what they read, of its own tables.
SELECT count(*) AS steps FROM export_leads_teardown() \gset
SELECT is((SELECT count(*) FROM export_leads_setup() WHERE action = 'to mend'), 0::bigint, 'after teardown set-up takes them in again');
SELECT isnt_empty($$SELECT export_leads_csv('7', 'new', '{town}')$$, 'and exports have them');
CREATE TABLE other_leads AS SELECT * FROM leads;
DROP VIEW test_leads;
DROP TABLE leads;
ALTER TABLE other_leads RENAME TO leads;
SELECT is((SELECT count(*) FROM export_leads_setup() WHERE action = 'to mend'), 0::bigint, 'so it does where a table was made anew');
SELECT is_empty('SELECT * FROM export_leads_check()', 'with nothing left to mend');

SELECT finish();
ROLLBACK;
