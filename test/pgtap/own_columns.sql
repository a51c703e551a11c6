-- A site's own columns are expressions over the lead, its latest call and its status. The reader is granted what they
-- read and loses it with them, and one whose tables no longer fit stops no export but its own.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(68);
CREATE EXTENSION export_leads;
-- An application may export, or the check would say that none does.
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
    SELECT string_agg(n, ' ' ORDER BY n)
    FROM unnest(string_to_array(test_granted(), ' ')) AS n
    WHERE n <> ALL (string_to_array(before, ' '))
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
    RETURN NEXT is(test_newly_granted(before), needs,
                   format('for the column %s the reader is granted %s', expression, COALESCE(needs, 'nothing new')));
    RETURN NEXT is(export_leads_csv('7', status, '{lead_id,own}'), expected,
                   format('the file of the column %s is right', expression));
    PERFORM export_leads_remove_column('own');
    RETURN NEXT is(test_granted(), before, format('the column %s leaves no privilege when it is removed', expression));
END;
$test$;
CREATE FUNCTION test_file(query text) RETURNS text LANGUAGE plpgsql AS $test$
DECLARE
    file text;
BEGIN
    EXECUTE format('SELECT string_agg(l.id || '','' || test_csv_cell((%s)::text, true) || E''\r\n'', ''''
                                      ORDER BY l.created_at DESC, l.id DESC)
                    FROM leads AS l
                    LEFT JOIN LATERAL (SELECT * FROM call_log AS c WHERE c.lead_id = l.id AND c.business_id = 7
                                             AND c.created_at IS NOT NULL
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
SELECT test_column('COALESCE(call.agent, ''nobody called'')', 'call_log.agent',
                   test_file('COALESCE(call.agent, ''nobody called'')'));
SELECT test_column('call.id IS NULL', NULL, test_file('CASE WHEN call.id IS NULL THEN ''t'' ELSE ''f'' END'));
SELECT test_column('status.color', 'lead_statuses.color', test_file('s.color'));
SELECT test_column('concat_ws('','', lead.city, call.agent, status.color, call.created_at)',
                   'call_log.agent lead_statuses.color leads.city',
                   test_file('concat_ws('','', l.city, call.agent, s.color, call.created_at)'));
SELECT test_column('(SELECT count(*) FROM public.call_log AS c WHERE c.lead_id = lead.id)', NULL,
                   test_file('(SELECT count(*) FROM call_log AS c WHERE c.lead_id = l.id AND c.business_id = 7)'));
SELECT test_column('''constant''', NULL, test_file('''constant''::text'));
SELECT test_column('lead.score -- less is more', 'leads.score', test_file('l.score'));
SELECT test_column('status.color', 'lead_statuses.color', U&'\FEFFlead_id,own\000D\000A13,\000D\000A', 'hidden');

-- Added to the list, in the file only when asked for.
SELECT lives_ok($$SELECT export_leads_add_column('city', 'lead.city', 'עיר'),
                         export_leads_add_column('agent', 'call.agent'),
                         export_leads_add_column('color', 'status.color', 'a;=b')$$,
                'a column can be added with a header');
SELECT results_eq('SELECT name, header, expression FROM export_leads_available_columns() OFFSET 11',
                  $$VALUES ('agent', 'agent', 'call.agent'), ('city', 'עיר', 'lead.city'),
                           ('color', 'a;=b', 'status.color')$$,
                  'own columns are listed after the standard ones, by name');
SELECT is(export_leads_csv('7', 'new'), :'expected', 'own columns do not change the standard file');
SELECT is(export_leads_csv('7', 'vip', '{color,agent,lead_id,city}'),
          U&'\FEFF"a;=b",agent,lead_id,עיר\000D\000Ared,,12,עיר 12\000D\000A',
          'a file may mix own and standard columns');
SELECT lives_ok($$SELECT export_leads_set_header('agent', 'נציג'), export_leads_set_header('city', NULL)$$,
                'the headers of own columns can be changed');
SELECT is(export_leads_csv('7', 'none', '{agent,city}'), U&'\FEFFנציג,city\000D\000A',
          'a file has the changed headers of own columns');
SELECT is(test_newly_granted(:'granted'), 'call_log.agent lead_statuses.color leads.city',
          'the reader is granted exactly what the own columns read');
SELECT is_empty('SELECT * FROM export_leads_check()', 'export_leads_check() has no findings about sound own columns');
SELECT is((SELECT string_agg(action, ',') FROM export_leads_setup() WHERE action <> 'found'), 'unchanged',
          'a second set-up changes nothing about own columns');
SELECT is(export_leads_csv('7', 'vip', '{agent,city,color}'), U&'\FEFFנציג,city,"a;=b"\000D\000A,עיר 12,red\000D\000A',
          'a second set-up keeps own columns and their headers');
SELECT ok('export_leads_columns'::regclass = ANY (extconfig),
          'a dump holds the table of own columns') FROM pg_extension WHERE extname = 'export_leads';

-- A privilege that is lost stops the columns that need it, and no others.
REVOKE SELECT (agent) ON call_log FROM export_leads_reader;
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new', '{agent}')$$),
               '^55000: role "export_leads_reader" has no SELECT on column "agent" of table "public.call_log"',
               'a column whose privilege was revoked cannot be exported');
SELECT is(export_leads_csv('7', 'new'), :'expected',
          'the standard file is right while an own column lacks its privilege');
SELECT results_eq('SELECT name, remediation FROM export_leads_check()',
                  $$VALUES ('grant_missing', 'GRANT SELECT (agent) ON public.call_log TO export_leads_reader;')$$,
                  'export_leads_check() finds the missing privilege of an own column');
SELECT test_mend() AS mended \gset
SELECT is(export_leads_csv('7', 'vip', '{agent}'), U&'\FEFFנציג\000D\000A""\000D\000A',
          'the remediation of a missing privilege brings the own column back');

-- A table's column that is gone.
ALTER TABLE leads RENAME city TO town;
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new', '{city}')$$), '^55000: column lead.city does not exist',
               'an own column that reads a renamed column cannot be exported');
SELECT is(export_leads_csv('7', 'new'), :'expected',
          'the standard file is right while an own column reads a renamed column');
SELECT is(export_leads_csv('7', 'vip', '{agent,color}'), U&'\FEFFנציג,"a;=b"\000D\000A,red\000D\000A',
          'other own columns are exported while one reads a renamed column');
SELECT matches(detail, 'column lead\.city does not exist',
               'export_leads_check() names the renamed column that an own column reads') FROM export_leads_check();
SELECT lives_ok($$SELECT export_leads_remove_column('city')$$,
                'an own column that reads a renamed column can be removed');
SELECT is_empty('SELECT * FROM export_leads_check()',
                'after the broken column is removed export_leads_check() has no findings');
SELECT is(test_newly_granted(:'granted'), 'call_log.agent lead_statuses.color',
          'removing an own column revokes the privilege on the renamed column');
ALTER TABLE call_log DROP COLUMN agent;
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new', '{agent}')$$),
               '^55000: column call.agent does not exist',
               'an own column that reads a dropped column cannot be exported');
SELECT is(export_leads_csv('7', 'new'), :'expected',
          'the standard file is right while an own column reads a dropped column');

-- The ways out. Each must work while a column is broken, or the site is stuck with it.
ALTER TABLE lead_statuses RENAME color TO colour;
SELECT lives_ok($$SELECT export_leads_remove_column('agent')$$, 'one of two broken own columns can be removed');
SELECT lives_ok($$SELECT export_leads_add_column('town', 'lead.town')$$,
                'an own column can be added while another is broken');
SELECT lives_ok($$SELECT * FROM export_leads_setup()$$, 'set-up can be run while an own column is broken');
SELECT lives_ok($$SELECT test_mend()$$, 'the remediations of a broken own column can be run as printed');

-- Own columns outlive a set-up, and the next one grants what they read of its tables.
SELECT count(*) AS steps FROM export_leads_teardown() \gset
SELECT is((SELECT count(*) FROM export_leads_setup() WHERE action = 'to mend'), 0::bigint,
          'a set-up after teardown leaves nothing to mend about own columns');
SELECT isnt_empty($$SELECT export_leads_csv('7', 'new', '{town}')$$,
                  'an own column can be exported after teardown and set-up');
CREATE TABLE other_leads AS SELECT * FROM leads;
DROP VIEW test_leads;
DROP TABLE leads;
ALTER TABLE other_leads RENAME TO leads;
SELECT is((SELECT count(*) FROM export_leads_setup() WHERE action = 'to mend'), 0::bigint,
          'set-up leaves nothing to mend about own columns where a table was made anew');
SELECT is_empty('SELECT * FROM export_leads_check()',
                'export_leads_check() has no findings where a table was made anew');

SELECT finish();
ROLLBACK;
