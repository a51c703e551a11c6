-- A header that is empty, that another column has, or that Excel takes for a file format is refused where it is given;
-- where a configuration holds one from an earlier version, exports with that column fail and say so.

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
                    format('%s is refused as a header', to_json(header)))
FROM (VALUES (''), (' '), (E'\t \r\n'), (U&'\00A0'), (U&'\200F'), (U&'\FEFF\3000')) AS v (header);
SELECT is(test_headers(), NULL, 'a header that was refused is not stored');
SELECT test_given($$set_header('notes', '-'), export_leads_set_header('notes', NULL)$$,
                  'a dash is a header, and NULL takes it away again');
SELECT test_refused($$add_column('own', 'lead.id', '')$$, 'the header of column "own" is empty',
                    'a new column with an empty header is refused');

-- Those of another column.
SELECT test_given($$set_header('phone', 'פרטים')$$, 'a column is given a header');
SELECT test_refused(call, format('columns "%s" and "%s" have the same header', one, other), what)
FROM (VALUES ($$set_header('notes', 'פרטים')$$, 'phone', 'notes', 'a header that another column has is refused'),
             ($$set_header('notes', 'email')$$, 'email', 'notes',
              'the name of a column without a header of its own is refused as the header of another'),
             ($$add_column('own', 'lead.id', 'פרטים')$$, 'phone', 'own',
              'a new column with the header of another column is refused'),
             ($$add_column('own', 'lead.id', 'source')$$, 'source', 'own',
              'a new column with the name of a standard column as its header is refused')
     ) AS v (call, one, other, what);
SELECT test_given($$set_header('phone', 'פרטים'), export_leads_set_header('notes', 'phone')$$,
                  'a header may be set again, and a name that has ceased to be a header is free for another column');
SELECT test_refused($$set_header('phone', NULL)$$, 'columns "notes" and "phone" have the same header',
                    'a column does not get its name back as its header while another column has that header');
SELECT test_given($$set_header('notes', NULL), export_leads_set_header('phone', NULL)$$,
                  'a column gets its name back once the other column has given it up');
SELECT test_given($$set_header('notes', E'two\nlines')$$, 'a header may have several lines');
SELECT test_refused($$set_header('phone', E'two\r\nlines')$$, 'columns "notes" and "phone" have the same header',
                    'headers that differ only in CR LF and LF are the same header');
SELECT test_refused($$set_header('phone', E'two\rlines')$$, 'columns "notes" and "phone" have the same header',
                    'headers that differ only in CR and LF are the same header');
SELECT test_given(format('set_header(%L, %L)', 'notes', header),
                  format('%s is not the same header as "phone"', to_json(header)))
FROM (VALUES ('Phone'), ('phone '), ('טלפון')) AS v (header);
SELECT test_given($$set_header('notes', 'own')$$, 'a name that no column has is free to be a header');
SELECT test_refused($$add_column('own', 'lead.id')$$, 'columns "notes" and "own" have the same header',
                    'a new column without a header is refused where its name is the header of another');
SELECT is(test_headers(), 'notes=own', 'a column that was refused is not added');
SELECT test_given($$add_column('own', 'lead.id', 'שלי'), export_leads_set_header('notes', NULL)$$,
                  'the column that was refused is added with another header');

-- Those that Excel takes for a format where no byte order mark comes first. Any column may be a file's first.
SELECT test_refused(format('set_header(%L, %L)', 'notes', header), 'the header of column "notes" begins with "ID"',
                    format('%s is refused as a header, since Excel would take the file for SYLK', to_json(header)))
FROM (VALUES ('ID'), ('ID number'), ('ID,x')) AS v (header);
SELECT test_refused($$add_column('ID', 'lead.id')$$, 'the header of column "ID" begins with "ID"',
                    'a new column named "ID" without a header is refused');
SELECT test_given(format('set_header(%L, %L)', 'notes', header), format('%s is accepted as a header', to_json(header)))
FROM (VALUES ('id'), ('Id'), ('מספר ID'), (' ID')) AS v (header);
SELECT test_given($$add_column('ID', 'lead.id', 'מזהה')$$, 'a column named "ID" is added when its header is another');
SELECT test_given($$set_header('notes', NULL), export_leads_remove_column('own'), export_leads_remove_column('ID')$$,
                  'the headers and the new columns can be removed again');

-- What an earlier version took.
INSERT INTO export_leads_columns (name, header) VALUES ('notes', 'phone'), ('source', ' '), ('lead_id', 'ID');
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new')$$), '^55000: the header of column "source" is empty',
               'a file of all columns is refused where one of them has an empty header');
SELECT is(test_error(format('SELECT %s(%L, %L, %L)', export, '7', 'new', columns)),
          format('55000: %s (%s)', problem,
                 '"SELECT * FROM public.export_leads_check()" shows what is wrong and how to mend it.'),
          format('%s of %s is refused for its headers', export, columns))
FROM (VALUES ('export_leads_csv', '{notes,phone}', 'columns "notes" and "phone" have the same header'),
             ('export_leads_xlsx', '{phone,email,notes}', 'columns "phone" and "notes" have the same header'),
             ('export_leads_csv_stream', '{source}', 'the header of column "source" is empty')
     ) AS v (export, columns, problem);
SELECT test_given($$csv('7', 'new', '{phone,email}'), export_leads_csv('7', 'new', '{notes,email}')$$,
                  'columns with sound headers can be exported while others have unsound ones');
SELECT results_eq($$SELECT level, object, remediation FROM export_leads_check() WHERE name = 'header'$$,
                  $$VALUES ('error', 'column source', 'SELECT public.export_leads_set_header(''source'', NULL);'),
                           ('error', 'column notes', 'SELECT public.export_leads_set_header(''notes'', NULL);')$$,
                  'export_leads_check() has a finding for each unsound header');
SELECT remediation FROM export_leads_check() WHERE name = 'header' \gexec
SELECT is(test_headers(), 'lead_id=ID', 'the remediations of the findings reset the unsound headers');
SELECT is_empty($$SELECT name FROM export_leads_check() WHERE name = 'header'$$,
                'after its remediations export_leads_check() finds no unsound header');
SELECT is(left(export_leads_csv('7', 'new', '{lead_id,phone}'), 9), U&'\FEFFID,phone',
          'a CSV with a byte order mark may begin with ID');
SELECT cmp_ok(octet_length(export_leads_xlsx('7', 'new', '{lead_id}')), '>', 0, 'a workbook may begin with ID');
SET export_leads.csv_bom = off;
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new', '{lead_id,phone}')$$),
               '^55000: a CSV without a byte order mark must not begin with "ID" \(Set export_leads.csv_bom to on',
               'a CSV without a byte order mark that would begin with ID is refused');
SELECT test_given($$csv('7', 'new', '{phone,lead_id}')$$,
                  'a CSV without a byte order mark may have ID in its second column');

SELECT finish();
ROLLBACK;
