-- A file has the selected columns in the selected order, under the headers that the site gives them; a selection that
-- is not a list of known columns is refused.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(64);
CREATE EXTENSION export_leads;
SELECT count(*) AS steps FROM export_leads_setup() \gset
\set all_names 'status_id, status_name, lead_id, full_name, phone, email, created_at, last_call_at, '
\set all_names :all_names 'last_call_status, source, notes'

-- Any selection, in any order.
SELECT is(export_leads_csv('7', 'new', NULL), test_expected_csv('7', 'new'), 'NULL selects the standard columns');
SELECT is(export_leads_csv('7', 'new', columns), test_expected_csv('7', 'new', true, columns),
          format('the selection %s makes a file of these columns in this order', columns))
FROM unnest(ARRAY['{notes,lead_id}', '{lead_id,notes}', '{last_call_status,status_name,phone}',
                  '{status_id,status_name}', '{email,source,phone,notes}', '{last_call_at,created_at}']) AS c (text),
     LATERAL (SELECT c.text::text[]) AS v (columns);
SELECT is(export_leads_csv('7', 'new', string_to_array(:'all_names', ', ')), test_expected_csv('7', 'new'),
          'the selection of all eleven names makes the file of the standard columns');
SELECT is(export_leads_csv('7', 'new', columns), test_expected_csv('7', 'new', true, columns),
          'the selection of all eleven names in reverse makes a file of the columns in reverse')
FROM (SELECT array_agg(name ORDER BY ordinality DESC)
      FROM unnest(string_to_array(:'all_names', ', ')) WITH ORDINALITY AS n (name)) AS v (columns);
SELECT is(export_leads_csv('7', 'new', ARRAY[name]), test_expected_csv('7', 'new', true, ARRAY[name]),
          format('the selection of %s alone makes a file of this column', name))
FROM unnest(string_to_array(:'all_names', ', ')) AS name;
SELECT is(export_leads_csv('7', 'closed', '{phone}'), U&'\FEFFphone\000D\000A""\000D\000A',
          'a record of one empty cell is written as ""');
SELECT is(export_leads_csv('7', 'none', '{phone}'), U&'\FEFFphone\000D\000A',
          'a file of one column has no record where there is no lead');
SELECT is(export_leads_csv(7, 'new', columns => '{notes}'), test_expected_csv('7', 'new', true, '{notes}'),
          'the argument of the selection is named columns');
SELECT is(export_leads_csv('7', 'new', '[0:1]={phone,email}'), test_expected_csv('7', 'new', true, '{phone,email}'),
          'the lower bound of the array of columns does not matter');

-- What is refused, with the list of the columns that there are.
SELECT is(test_error(format('SELECT export_leads_csv(%L, %L, %s)', '7', 'new', columns)),
          format('22023: %s (The columns are: %s.)', problem, :'all_names'),
          format('columns => %s is refused', columns))
FROM (VALUES ($$'{}'$$, 'columns must not be empty'),
             ($$'{city}'$$, 'unknown column "city"'),
             ($$'{lead_id,city}'$$, 'unknown column "city"'),
             ($$'{phone,lead_id,phone}'$$, 'column "phone" is given twice'),
             ($$'{phone,phone}'$$, 'column "phone" is given twice'),
             ($$'{Phone}'$$, 'unknown column "Phone"'),
             ($$'{" phone"}'$$, 'unknown column " phone"'),
             ($$'{""}'$$, 'unknown column ""'),
             ($$'{lead.phone_e164}'$$, 'unknown column "lead.phone_e164"'),
             ($$'{tenant_id}'$$, 'unknown column "tenant_id"'),
             ($$'{*}'$$, 'unknown column "*"'),
             ($$ARRAY['phone); DROP TABLE leads; --']$$, 'unknown column "phone); DROP TABLE leads; --"'),
             ($$ARRAY['טלפון']$$, 'unknown column "טלפון"'),
             ($$ARRAY[repeat('x', 64)]$$, 'unknown column "' || repeat('x', 64) || '"')) AS v (columns, problem);
SELECT is(test_error($$SELECT export_leads_csv('7', 'new', '{phone,NULL}')$$), '22023: columns must not contain null',
          'a NULL in the selection is refused');
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new', ARRAY[repeat('ש', 500000)])$$),
               '^22023: unknown column "ש', 'a name of half a million letters is refused as unknown');
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new', array_fill('phone'::text, ARRAY[100000]))$$),
               '^22023: column "phone" is given twice', 'a list of a hundred thousand columns is refused');
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new', '{{phone,email},{source,phone}}')$$),
               '^22023: column "phone" is given twice', 'an array of arrays is read as the list of its elements');
SELECT is(test_error($$SELECT export_leads_csv('7', '', '{city}')$$), '22023: status must not be empty',
          'a wrong status is reported before a wrong selection');

-- No single column shows what the tenant may not see.
SELECT unalike(export_leads_csv('7', 'new', ARRAY[name]), '%SECRET13%',
               format('nothing of another tenant is in a file of %s alone', name))
FROM unnest(string_to_array(:'all_names', ', ')) AS name;

-- Headers.
SELECT results_eq('SELECT name, header FROM export_leads_available_columns()',
                  format('SELECT n, n FROM unnest(string_to_array(%L, %L)) AS n', :'all_names', ', '),
                  'the header of a standard column is its name until the site sets another');
SELECT lives_ok($$SELECT export_leads_set_header('lead_id', 'מזהה'), export_leads_set_header('phone', 'טלפון, "נייד"'),
                         export_leads_set_header('notes', '=1+1')$$,
                'standard columns can have Hebrew headers');
SELECT is(export_leads_csv('7', 'none', '{notes,lead_id,phone,email}'),
          U&'\FEFF''=1+1,מזהה,"טלפון, ""נייד""",email\000D\000A',
          'headers of the site''s own are quoted and guarded as cells are');
SELECT is(export_leads_csv('7', 'vip', '{lead_id}'), U&'\FEFFמזהה\000D\000A12\000D\000A',
          'a column with a header of the site''s own is selected by its name');
SELECT is(test_error($$SELECT export_leads_csv('7', 'vip', '{מזהה}')$$),
          format('22023: unknown column "מזהה" (The columns are: %s.)', :'all_names'),
          'a column cannot be selected by its header');
SELECT results_eq('SELECT name, header FROM export_leads_available_columns() WHERE name <> header',
                  $$VALUES ('lead_id', 'מזהה'), ('phone', 'טלפון, "נייד"'), ('notes', '=1+1')$$,
                  'export_leads_available_columns() lists the headers in the standard order');
SELECT lives_ok($$SELECT export_leads_set_header('lead_id', 'id'), export_leads_set_header('phone', NULL),
                         export_leads_set_header('notes', 'n')$$,
                         'the headers of standard columns can be changed again');
SELECT is(export_leads_csv('7', 'none', '{notes,lead_id,phone}'), U&'\FEFFn,id,phone\000D\000A',
          'the header NULL makes the name of the column its header again');
SELECT is(test_error($$SELECT export_leads_set_header('city', 'עיר')$$),
          format('42704: there is no column "city" (The columns are: %s.)', :'all_names'),
          'the header of an unknown column cannot be set');
SELECT is(test_error($$SELECT export_leads_set_header(NULL, 'עיר')$$),
          format('42704: there is no column "" (The columns are: %s.)', :'all_names'),
          'the header of NULL cannot be set');

SELECT finish();
ROLLBACK;
