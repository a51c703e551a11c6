-- Headers that a reader of the file would take for none, for another's or for a format: they are refused where they are
-- given, and a configuration that has them from an earlier version says so when such a file is asked for.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(49);
CREATE EXTENSION export_leads;
SELECT count(*) AS steps FROM export_leads_setup() \gset
CREATE FUNCTION test_headers() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(a.name || '=' || a.header, ' ')
    FROM export_leads_available_columns() AS a
    WHERE a.name <> a.header
$$;
CREATE FUNCTION test_given(call text, what text) RETURNS text LANGUAGE sql AS $$
    SELECT lives_ok('SELECT export_leads_' || call, what)
$$;
CREATE FUNCTION test_refused(call text, problem text, what text) RETURNS text LANGUAGE sql AS $$
    SELECT matches(test_error('SELECT export_leads_' || call),
                   format('^22023: %s .*"SELECT public.export_leads_set_header', problem), what)
$$;

-- Empty ones.
SELECT test_refused(format('set_header(%L, %L)', 'notes', header), 'the header of column "notes" is empty',
                    format('%s is no header', to_json(header)))
FROM (VALUES (''), (' '), (E'\t \r\n'), (U&'\00A0'), (U&'\200F'), (U&'\FEFF\3000')) AS v (header);
SELECT is(test_headers(), NULL, 'what is refused is not kept');
SELECT test_given($$set_header('notes', '-'), export_leads_set_header('notes', NULL)$$, 'a dash is one');
SELECT test_refused($$add_column('own', 'lead.id', '')$$, 'the header of column "own" is empty',
                    'nor does a new column get an empty one');

-- Those of another column.
SELECT test_given($$set_header('phone', 'פרטים')$$, 'a header is given');
SELECT test_refused(call, format('columns "%s" and "%s" have the same header', one, other), what)
FROM (VALUES ($$set_header('notes', 'פרטים')$$, 'phone', 'notes', 'no other column gets it'),
             ($$set_header('notes', 'email')$$, 'email', 'notes', 'nor the name of one that has no other header'),
             ($$add_column('own', 'lead.id', 'פרטים')$$, 'phone', 'own', 'nor does a new column'),
             ($$add_column('own', 'lead.id', 'source')$$, 'source', 'own', 'of either kind')
     ) AS v (call, one, other, what);
SELECT test_given($$set_header('phone', 'פרטים'), export_leads_set_header('notes', 'phone')$$,
                  'it may be given again, and the name that is no header now to another column');
SELECT test_refused($$set_header('phone', NULL)$$, 'columns "notes" and "phone" have the same header',
                    'which is why the column does not get its name back');
SELECT test_given($$set_header('notes', NULL), export_leads_set_header('phone', NULL)$$,
                  'until that one has given it up');
SELECT test_given($$set_header('notes', E'two\nlines')$$, 'a header may have lines');
SELECT test_refused($$set_header('phone', E'two\r\nlines')$$, 'columns "notes" and "phone" have the same header',
                    'which are the same however they end');
SELECT test_refused($$set_header('phone', E'two\rlines')$$, 'columns "notes" and "phone" have the same header',
                    'with a carriage return alone, too');
SELECT test_given(format('set_header(%L, %L)', 'notes', header), format('%s is another', to_json(header)))
FROM (VALUES ('Phone'), ('phone '), ('טלפון')) AS v (header);
SELECT test_given($$set_header('notes', 'own')$$, 'a name that no column has is free');
SELECT test_refused($$add_column('own', 'lead.id')$$, 'columns "notes" and "own" have the same header',
                    'and is taken then for a new column without a header');
SELECT is(test_headers(), 'notes=own', 'that column is not there');
SELECT test_given($$add_column('own', 'lead.id', 'שלי'), export_leads_set_header('notes', NULL)$$,
                  'with another header it is');

-- Those that Excel takes for a format where no byte order mark comes first. Any column may be a file's first.
SELECT test_refused(format('set_header(%L, %L)', 'notes', header), 'the header of column "notes" begins with "ID"',
                    format('%s is refused', to_json(header)))
FROM (VALUES ('ID'), ('ID number'), ('ID,x')) AS v (header);
SELECT test_refused($$add_column('ID', 'lead.id')$$, 'the header of column "ID" begins with "ID"',
                    'so is the name of a new column');
SELECT test_given(format('set_header(%L, %L)', 'notes', header), format('%s is not', to_json(header)))
FROM (VALUES ('id'), ('Id'), ('מספר ID'), (' ID')) AS v (header);
SELECT test_given($$add_column('ID', 'lead.id', 'מזהה')$$, 'with another header the name is none of the file''s');
SELECT test_given($$set_header('notes', NULL), export_leads_remove_column('own'), export_leads_remove_column('ID')$$,
                  'all is as it was');

-- What an earlier version took.
INSERT INTO export_leads_columns (name, header) VALUES ('notes', 'phone'), ('source', ' '), ('lead_id', 'ID');
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new')$$), '^55000: the header of column "source" is empty',
               'a file of all columns is refused');
SELECT is(test_error(format('SELECT %s(%L, %L, %L)', export, '7', 'new', columns)),
          format('55000: %s (%s)', problem,
                 '"SELECT * FROM public.export_leads_check()" shows what is wrong and how to mend it.'),
          format('so is %s of %s', export, columns))
FROM (VALUES ('export_leads_csv', '{notes,phone}', 'columns "notes" and "phone" have the same header'),
             ('export_leads_xlsx', '{phone,email,notes}', 'columns "phone" and "notes" have the same header'),
             ('export_leads_csv_stream', '{source}', 'the header of column "source" is empty')
     ) AS v (export, columns, problem);
SELECT test_given($$csv('7', 'new', '{phone,email}'), export_leads_csv('7', 'new', '{notes,email}')$$,
                  'others are not');
SELECT results_eq($$SELECT level, object, remediation FROM export_leads_check() WHERE name = 'header'$$,
                  $$VALUES ('error', 'column source', 'SELECT public.export_leads_set_header(''source'', NULL);'),
                           ('error', 'column notes', 'SELECT public.export_leads_set_header(''notes'', NULL);')$$,
                  'the doctor tells of each');
SELECT remediation FROM export_leads_check() WHERE name = 'header' \gexec
SELECT is(test_headers(), 'lead_id=ID', 'and how to mend them');
SELECT is_empty($$SELECT name FROM export_leads_check() WHERE name = 'header'$$, 'which mends them');
SELECT is(left(export_leads_csv('7', 'new', '{lead_id,phone}'), 9), U&'\FEFFID,phone',
          'ID is no matter behind a byte order mark');
SELECT cmp_ok(octet_length(export_leads_xlsx('7', 'new', '{lead_id}')), '>', 0, 'nor in a workbook');
SET export_leads.csv_bom = off;
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new', '{lead_id,phone}')$$),
               '^55000: a CSV without a byte order mark must not begin with "ID" \(Set export_leads.csv_bom to on',
               'without one it is an error');
SELECT test_given($$csv('7', 'new', '{phone,lead_id}')$$, 'unless another column is the first');

SELECT finish();
ROLLBACK;
