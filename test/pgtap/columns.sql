-- Which columns a file has: the selection and its order, what is refused, and what the file calls them.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(64);
CREATE EXTENSION export_leads;
SELECT count(*) AS steps FROM export_leads_setup() \gset
\set all_names 'status_id, status_name, lead_id, full_name, phone, email, created_at, last_call_at, last_call_status, source, notes'

-- Any selection, in any order.
SELECT is(export_leads_csv('7', 'new', NULL), test_expected_csv('7', 'new'), 'NULL selects the standard columns');
SELECT is(export_leads_csv('7', 'new', columns), test_expected_csv('7', 'new', true, columns),
          format('the columns %s', columns))
FROM unnest(ARRAY['{notes,lead_id}', '{lead_id,notes}', '{last_call_status,status_name,phone}', '{status_id,status_name}', '{email,source,phone,notes}',
                  '{last_call_at,created_at}']) AS c (text), LATERAL (SELECT c.text::text[]) AS v (columns);
SELECT is(export_leads_csv('7', 'new', string_to_array(:'all_names', ', ')), test_expected_csv('7', 'new'),
          'all eleven by name are the standard columns');
SELECT is(export_leads_csv('7', 'new', columns), test_expected_csv('7', 'new', true, columns),
          'so are all eleven from the last to the first')
FROM (SELECT array_agg(name ORDER BY ordinality DESC) FROM unnest(string_to_array(:'all_names', ', ')) WITH ORDINALITY AS n (name)) AS v (columns);
SELECT is(export_leads_csv('7', 'new', ARRAY[name]), test_expected_csv('7', 'new', true, ARRAY[name]),
          format('the column %s alone', name))
FROM unnest(string_to_array(:'all_names', ', ')) AS name;
SELECT is(export_leads_csv('7', 'closed', '{phone}'), U&'\FEFFphone\000D\000A""\000D\000A',
          'a record of one empty cell is ""');
SELECT is(export_leads_csv('7', 'none', '{phone}'), U&'\FEFFphone\000D\000A', 'no record is none');
SELECT is(export_leads_csv(7, 'new', columns => '{notes}'), test_expected_csv('7', 'new', true, '{notes}'),
          'the argument has a name');
SELECT is(export_leads_csv('7', 'new', '[0:1]={phone,email}'), test_expected_csv('7', 'new', true, '{phone,email}'),
          'where an array begins does not matter');

-- What a caller gets wrong, with the list of what there is.
SELECT is(test_error(format('SELECT export_leads_csv(%L, %L, %s)', '7', 'new', columns)), format('22023: %s (The columns are: %s.)', problem, :'all_names'),
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
          'a NULL among them is refused');
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new', ARRAY[repeat('ש', 500000)])$$), '^22023: unknown column "ש',
               'a very long name is unknown');
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new', array_fill('phone'::text, ARRAY[100000]))$$), '^22023: column "phone" is given twice',
               'a very long list is refused');
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new', '{{phone,email},{source,phone}}')$$), '^22023: column "phone" is given twice',
               'an array of arrays is read as the list of its elements');
SELECT is(test_error($$SELECT export_leads_csv('7', '', '{city}')$$), '22023: status must not be empty',
          'other arguments are looked at first');

-- What a caller may not see has no column of its own.
SELECT unalike(export_leads_csv('7', 'new', ARRAY[name]), '%SECRET13%',
               format('nothing of another tenant is in %s alone', name))
FROM unnest(string_to_array(:'all_names', ', ')) AS name;

-- Headers.
SELECT results_eq('SELECT name, header FROM export_leads_available_columns()',
                  format('SELECT n, n FROM unnest(string_to_array(%L, %L)) AS n', :'all_names', ', '),
                  'without a word of the site''s own the header is the name');
SELECT lives_ok($$SELECT export_leads_set_header('lead_id', 'מזהה'), export_leads_set_header('phone', 'טלפון, "נייד"'), export_leads_set_header('notes', '=1+1')$$,
                'standard columns can have Hebrew headers');
SELECT is(export_leads_csv('7', 'none', '{notes,lead_id,phone,email}'), U&'\FEFF''=1+1,מזהה,"טלפון, ""נייד""",email\000D\000A',
          'which the file has, as cells');
SELECT is(export_leads_csv('7', 'vip', '{lead_id}'), U&'\FEFFמזהה\000D\000A12\000D\000A',
          'and a selection by the names');
SELECT is(test_error($$SELECT export_leads_csv('7', 'vip', '{מזהה}')$$), format('22023: unknown column "מזהה" (The columns are: %s.)', :'all_names'),
          'and by these alone');
SELECT results_eq('SELECT name, header FROM export_leads_available_columns() WHERE name <> header',
                  $$VALUES ('lead_id', 'מזהה'), ('phone', 'טלפון, "נייד"'), ('notes', '=1+1')$$,
                  'what there is says so, in the standard order');
SELECT lives_ok($$SELECT export_leads_set_header('lead_id', 'id'), export_leads_set_header('phone', NULL),
                         export_leads_set_header('notes', 'n')$$, 'they can be changed');
SELECT is(export_leads_csv('7', 'none', '{notes,lead_id,phone}'), U&'\FEFFn,id,phone\000D\000A',
          'NULL gives the name back');
SELECT is(test_error($$SELECT export_leads_set_header('city', 'עיר')$$), format('42704: there is no column "city" (The columns are: %s.)', :'all_names'),
          'what is no column has no header');
SELECT is(test_error($$SELECT export_leads_set_header(NULL, 'עיר')$$), format('42704: there is no column "" (The columns are: %s.)', :'all_names'),
          'nor has none');

SELECT finish();
ROLLBACK;
