-- A column of the site's own is one expression over one lead, its latest call and its status. Any other text is refused
-- when it is added, and nothing of it stays.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(99);
CREATE EXTENSION export_leads;
-- A role may export, or export_leads_check() would report that none may.
SELECT count(export_leads_allow('crm_app')) AS allowed \gset
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT test_expected_csv('7', 'new') AS expected \gset
CREATE TABLE site_secrets AS SELECT 'SECRET13' AS secret;
GRANT SELECT ON site_secrets TO PUBLIC;

CREATE FUNCTION test_refused(expression text, wanted text)
RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
    error CONSTANT text := test_error(format('SELECT export_leads_add_column(%L, %L)', 'own', expression));
BEGIN
    IF error = 'no error' THEN
        PERFORM export_leads_remove_column('own');
    END IF;
    RETURN alike(error, wanted || '%', 'the expression is refused: ' || to_json(expression));
END;
$$;

-- More than one expression, or a way out of the parentheses.
SELECT test_refused(expression, '42601: a column must be one expression')
FROM unnest(ARRAY['lead.name) AS a, (lead.email', 'lead.name); SELECT (2', '1) UNION SELECT (2',
                  '1) UNION ALL SELECT (2', '1) EXCEPT SELECT (2', '1) WHERE (true', '1) GROUP BY (1',
                  '1) HAVING (true', '1) ORDER BY (1', '1) LIMIT (1', '1) OFFSET (0',
                  '1) FROM public.leads AS a WHERE (true',
                  '1) FROM (SELECT 1) AS a, LATERAL (SELECT 2) AS b WHERE (true']) AS expression;
SELECT test_refused(expression, '42601')
FROM unnest(ARRAY['lead.*', 'status.*', '*', '', ' ', '--', '/* */', 'lead.name AS a', 'lead.name;',
                  '1) FROM (SELECT 1) AS a, LATERAL (SELECT 2',
                  '1) FROM (SELECT 1', '1) --', '1 /*', '1 */', '1) /*', '''', '"', '$$',
                  'E''\''', '1 FROM public.leads', 'DELETE FROM public.leads', 'lead.name FOR UPDATE', ')', '(',
                  'DEFAULT', 'TABLE public.lead_statuses']) AS expression;
SELECT test_refused('lead.name, lead.email', '42601');
SELECT test_refused('lead.tenant_id, 1', '42601');

-- More than one row.
SELECT test_refused(expression, '42601')
FROM unnest(ARRAY['count(*)', 'max(lead.id)', '(SELECT count(lead.id))',
                  'string_agg(lead.name, '','') FILTER (WHERE lead.id > 0)', 'rank() OVER (ORDER BY lead.id)',
                  'lag(lead.name) OVER ()']) AS expression;
SELECT test_refused(expression, '42P17')
FROM unnest(ARRAY['generate_series(1, 2)', 'unnest(ARRAY[lead.id])', '1 + generate_series(1, 0)']) AS expression;

-- Other tables, whole rows, and what does not exist.
SELECT test_refused(expression, '0A000')
FROM unnest(ARRAY['(SELECT secret FROM public.site_secrets)', 'SELECT secret FROM public.site_secrets',
                  'EXISTS (SELECT FROM pg_catalog.pg_authid)', 'lead.id IN (SELECT oid::int FROM pg_catalog.pg_class)',
                  'lead', 'call', 'lead::text', 'row_to_json(lead)', 'lead.ctid', 'lead.tableoid',
                  'WITH gone AS (DELETE FROM public.leads RETURNING id) SELECT id FROM gone']) AS expression;
SELECT test_refused(expression, sqlstate)
FROM (VALUES ('lead.no_such', '42703'), ('no_such', '42703'), ('status', '42702'), ('lead.obsolete', '42703'),
             ('lead."........pg.dropped.1........"', '42703'), ('site_secrets.secret', '42P01'),
             ('leads.name', '42P01'), ('$1', '42P02'), ('no_such_function(lead.id)', '42883'),
             ('lead.name + 1', '42883'), ('''x''::int', '22P02')) AS v (expression, sqlstate);

-- The name.
SELECT is(test_error(format('SELECT export_leads_add_column(%s)', arguments)), error,
          format('export_leads_add_column(%s) is refused', arguments))
FROM (VALUES
    ($$NULL, 'lead.id'$$,
     '22004: a column needs a name and an expression '
     '(SELECT public.export_leads_add_column(''city'', ''lead.city'');)'),
    ($$'own', NULL$$,
     '22004: a column needs a name and an expression '
     '(SELECT public.export_leads_add_column(''city'', ''lead.city'');)'),
    ($$'phone', 'lead.id'$$,
     '42710: column "phone" already exists '
     '(One that a site has added can be taken away: public.export_leads_remove_column(name).)')
) AS v (arguments, error);
SELECT matches(test_error(format('SELECT export_leads_add_column(%L, %L)', name, 'lead.id')),
               '^22023: the name of a column must be letters',
               format('the name of an own column cannot be %s', to_json(left(name, 20))))
FROM unnest(ARRAY['', ' own', '1own', 'o-wn', 'עיר', E'own\n', 'own"', 'own,phone', repeat('x', 64),
                  repeat('x', 1000000)]) AS name;
SELECT lives_ok(format('SELECT export_leads_add_column(%L, %L)', repeat('x', 63), 'lead.id'),
                'the name of an own column may have 63 characters');
SELECT is(export_leads_csv('7', 'vip', ARRAY[repeat('x', 63)]), U&'\FEFF' || repeat('x', 63) || E'\r\n12\r\n',
          'an own column with a name of 63 characters can be exported');
SELECT matches(test_error(format('SELECT export_leads_add_column(%L, %L)', repeat('x', 63), 'lead.id')), '^42710: ',
               'an own column cannot be added twice');
SELECT lives_ok(format('SELECT export_leads_remove_column(%L)', repeat('x', 63)),
                'an own column with a name of 63 characters can be removed');
SELECT is(test_error(format('SELECT export_leads_remove_column(%L)', name)),
          format('42704: no column "%s" was added', name),
          format('a column that was not added cannot be removed: %s', COALESCE(left(name, 20), 'NULL')))
FROM unnest(ARRAY[repeat('x', 63), 'phone', 'own', '', NULL]) AS name;

-- An expression that another session's settings, or an earlier temporary table, would make mean something else.
CREATE TEMP TABLE leads_of_temp AS SELECT 'SECRET13' AS name;
SELECT matches(test_error($$SELECT export_leads_add_column('own', '(SELECT name FROM leads_of_temp)')$$), '^0A000: ',
               'an expression over a temporary table is refused');
SET search_path = public, pg_catalog;
SELECT matches(test_error($$SELECT export_leads_add_column('own', '(SELECT max(id) FROM leads)')$$), '^42P01: ',
               'the names in an expression are not looked up in the caller''s search_path');
RESET search_path;

-- Nothing has stayed.
SELECT is((SELECT count(*) FROM export_leads_available_columns()), 11::bigint,
          'only the eleven standard columns are available after all refused columns');
SELECT is_empty('SELECT * FROM export_leads_check()', 'export_leads_check() reports nothing after all refused columns');
SELECT is(export_leads_csv('7', 'new'), :'expected', 'the file is the same after all refused columns');

SELECT finish();
ROLLBACK;
