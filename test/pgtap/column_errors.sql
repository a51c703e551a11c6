-- When a column of the file can no longer be computed, whoever exports is told which column it is, with an SQLSTATE
-- that says that the site must mend it, and is shown nothing of the query. Whoever writes an expression is told of the
-- error in it alone.

BEGIN;
SET client_min_messages = error;
\i test/fixtures/application.sql
SELECT plan(17);
CREATE EXTENSION export_leads;
ALTER TABLE leads ADD city text, ADD details jsonb, ADD rank int;
SELECT count(*) AS steps FROM export_leads_setup() \gset
CREATE FUNCTION site_word(text) RETURNS text LANGUAGE sql STABLE AS 'SELECT $1';
CREATE FUNCTION site_failure(int) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '42P02', MESSAGE = 'the site''s own';
END;
$$;
SELECT count(export_leads_add_column(name, expression)) AS added
FROM (VALUES ('city', 'lead.city'), ('detail', 'lead.details ->> ''a'''), ('is_bare', 'lead.details = ''{}'''),
             ('call_word', 'public.site_word(call.call_status)'), ('failing', 'public.site_failure(lead.id)'),
             ('inverse', '1 / (lead.rank - lead.rank)'), ('ranked', 'lead.rank::text')) AS c (name, expression) \gset
UPDATE leads SET rank = id;

-- What an error shows: its SQLSTATE, message and context, and whether the hint names export_leads_check().
CREATE FUNCTION test_shown(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    state text;
    message text;
    hint text;
    context text;
BEGIN
    EXECUTE statement;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT,
                            context = PG_EXCEPTION_CONTEXT;
    RETURN concat_ws('; ', state, message, CASE WHEN hint LIKE '%export_leads_check()%' THEN 'see the check' END,
                     substring(context FROM '(?n)^column .*$'),
                     CASE WHEN context LIKE '%OPERATOR(pg_catalog%' THEN 'the query' END);
END;
$$;
CREATE FUNCTION test_export(columns text) RETURNS text LANGUAGE sql AS
$$SELECT test_shown(format('SELECT export_leads_csv(7, ''new'', %L)', columns))$$;

ALTER TABLE leads RENAME city TO town;
SELECT is(test_export('{lead_id, ranked, city, notes}'),
          '55000; column lead.city does not exist; see the check; column "city" of the file',
          'an export names the own column whose column of the table was renamed');
SELECT is(test_export('{ranked}'), 'no error', 'an export without the broken column runs');
ALTER TABLE leads ALTER details TYPE text;
SELECT is(test_export('{detail}'),
          '55000; operator does not exist: text ->> unknown; see the check; column "detail" of the file',
          'an export names the own column whose type has lost the operator');
ALTER TABLE leads ALTER details TYPE int USING NULL;
SELECT is(test_export('{lead_id, is_bare}'),
          '55000; invalid input syntax for type integer: "{}"; see the check; column "is_bare" of the file',
          'an export names the own column whose literal is not valid for the type any more');
ALTER FUNCTION site_word(text) RENAME TO site_words;
SELECT is(test_export('{call_word}'),
          '55000; function public.site_word(character varying) does not exist; see the check; column "call_word" of '
          'the file', 'an export names the own column whose function does not exist any more');
ALTER FUNCTION site_words(text) RENAME TO site_word;
CREATE SCHEMA moved;
ALTER FUNCTION site_word(text) SET SCHEMA moved;
SELECT matches(test_export('{call_word}'), '^55000; .*; see the check; column "call_word" of the file$',
               'an export names the own column whose function was moved to another schema');
SELECT results_eq($$SELECT detail FROM export_leads_check() WHERE object = 'column city'$$,
                  ARRAY['an export with column "city" fails: column lead.city does not exist'],
                  'export_leads_check() reports the broken column and its error');

-- An error of a value that is computed stays as it was raised.
SELECT is(test_export('{inverse}'), '22012; division by zero', 'an error of a value keeps its SQLSTATE and message');
SELECT is(test_export('{failing}'), '42P02; the site''s own',
          'an error that a site''s function raises keeps its SQLSTATE and message');

-- The same of a standard column, which set-up found.
SAVEPOINT found;
DROP VIEW test_leads;
ALTER TABLE leads ALTER name TYPE jsonb USING to_jsonb(name);
SELECT is(test_shown('SELECT export_leads_csv(7, ''new'')'),
          '55000; invalid input syntax for type json; see the check; column "full_name" of the file',
          'an export names full_name where the name of a lead has become JSON');
SELECT results_eq($$SELECT detail FROM export_leads_check() WHERE name = 'export_fails'$$,
                  ARRAY['an export with column "full_name" fails: invalid input syntax for type json'],
                  'export_leads_check() names full_name as the column that makes exports fail');
SELECT is(test_shown('SELECT * FROM export_leads_setup()'),
          '22P02; invalid input syntax for type json; column "full_name" of the file',
          'set-up names full_name as the column that makes it fail');
ROLLBACK TO found;
SELECT is(test_shown('SELECT * FROM export_leads_setup(full_name => ''lead.nobody'')'),
          '42703; column lead.nobody does not exist; column "full_name" of the file',
          'set-up names full_name where the given expression names no column');

SELECT is(test_shown('SELECT * FROM export_leads_setup()'), 'no error', 'set-up runs although own columns are broken');

-- Whoever writes an expression is told of the error in it, without a hint or a context.
SELECT is(test_shown($$SELECT export_leads_add_column('bad', 'lead.nowhere')$$),
          '42703; column lead.nowhere does not exist',
          'an expression that names no column is refused with that error alone');
SELECT is(test_shown($$SELECT export_leads_add_column('bad', 'lead.id +')$$), '42601; syntax error at or near ")"',
          'an expression that is not finished is refused with that error alone');
SELECT is(test_shown($$SELECT export_leads_add_column('bad', 'ליד')$$),
          '42703; column "ליד" does not exist', 'an expression in Hebrew letters is refused with its error alone');
SELECT finish();
ROLLBACK;
