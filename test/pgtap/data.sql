-- Every cell of the file is written as the oracle writes it, with the formula guard and without, whatever the lead
-- holds and whatever the session's settings for printing are.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(233);
CREATE EXTENSION export_leads;
SELECT count(*) AS steps FROM export_leads_setup() \gset
SET TimeZone = 'UTC';

-- Makes a lead in a status of its own, whose texts are all `cell`, and looks at its record.
CREATE FUNCTION test_cell(cell text, written text, unguarded text DEFAULT NULL)
RETURNS SETOF text
LANGUAGE plpgsql
AS $$
DECLARE
    shown CONSTANT text := COALESCE(to_json(cell)::text, 'NULL');
BEGIN
    DELETE FROM leads WHERE id = 1000;
    INSERT INTO leads (id, tenant_id, name, phone_e164, email, source, status, notes, created_at)
    VALUES (1000, 7, 'x', cell, cell, cell, 'cell', cell, '2025-12-23 10:11:12');
    RETURN NEXT is(split_part(export_leads_csv('7', 'cell'), E'notes\r\n', 2),
                   format(E'cell,cell,1000,x,%1$s,%1$s,2025-12-23T10:11:12,,,%1$s,%1$s\r\n', written),
                   format('with the formula guard %s is written as %s', shown, to_json(written)));
    RETURN NEXT is(export_leads_csv('7', 'cell'), test_expected_csv('7', 'cell'),
                   format('the file with %s in its cells is the one of the oracle', shown));
    SET LOCAL export_leads.formula_guard = off;
    RETURN NEXT is(split_part(export_leads_csv('7', 'cell'), E'notes\r\n', 2),
                   format(E'cell,cell,1000,x,%1$s,%1$s,2025-12-23T10:11:12,,,%1$s,%1$s\r\n',
                          COALESCE(unguarded, written)),
                   format('without the formula guard %s is written as %s', shown,
                          to_json(COALESCE(unguarded, written))));
    SET LOCAL export_leads.formula_guard = on;
END;
$$;
SELECT test_cell(cell, written, unguarded)
FROM (VALUES
    -- quoting
    (NULL, '', NULL), ('', '', NULL), (' ', ' ', NULL), ('a b', 'a b', NULL), ('a,b', '"a,b"', NULL),
    ('a;b', 'a;b', NULL), ('a"b', '"a""b"', NULL), ('"', '""""', NULL), ('""', '""""""', NULL),
    (E'a\nb', E'"a\nb"', NULL), (E'a\rb', E'"a\rb"', NULL), (E'a\r\nb', E'"a\r\nb"', NULL), ('''', '''', NULL),
    ('\', '\', NULL), ('\N', '\N', NULL), ('\.', '\.', NULL), ('NULL', 'NULL', NULL), (E'a\tb', E'a\tb', NULL),
    ('ג׳ורג''', 'ג׳ורג''', NULL), ('צה"ל', '"צה""ל"', NULL), ('😀', '😀', NULL),
    (U&'\202Eabc', U&'\202Eabc', NULL), (U&'\FEFFabc', U&'\FEFFabc', NULL), (chr(127), chr(127), NULL),
    (chr(1), chr(1), NULL), (chr(133) || 'a', chr(133) || 'a', NULL), (chr(155) || 'a', chr(155) || 'a', NULL),
    -- formulas
    ('=1+2', '''=1+2', '=1+2'), ('+1+1', '''+1+1', '+1+1'), ('-x', '''-x', '-x'), ('@SUM(1)', '''@SUM(1)', '@SUM(1)'),
    ('=cmd|''/c calc''!A1', '''=cmd|''/c calc''!A1', '=cmd|''/c calc''!A1'), ('=', '''=', '='), (' =1', ''' =1', ' =1'),
    (chr(160) || '=1', '''' || chr(160) || '=1', chr(160) || '=1'), (U&'\3000=1', U&'''\3000=1', U&'\3000=1'),
    (chr(133) || '=1', '''' || chr(133) || '=1', chr(133) || '=1'),
    (chr(28) || '=1', '''' || chr(28) || '=1', chr(28) || '=1'),
    ('＝1', '''＝1', '＝1'), ('＋1', '''＋1', '＋1'), ('－1', '''－1', '－1'), ('＠a', '''＠a', '＠a'),
    (E'\tx', E'''\tx', E'\tx'), (E'\rx', E'"''\rx"', E'"\rx"'), (E'\nx', E'"''\nx"', E'"\nx"'),
    ('=a,b', '"''=a,b"', '"=a,b"'), ('="x"', '"''=""x"""', '"=""x"""'),
    -- plain numbers, and what only looks like one
    ('+972501234567', '+972501234567', NULL), ('-5', '-5', NULL), ('-5.25', '-5.25', NULL), ('+0', '+0', NULL),
    ('1.', '1.', NULL), ('-5.', '''-5.', '-5.'), ('-.5', '''-.5', '-.5'), ('--5', '''--5', '--5'),
    ('-5 ', '''-5 ', '-5 '), (' -5', ''' -5', ' -5'), ('-1e5', '''-1e5', '-1e5'), ('+1-2', '''+1-2', '+1-2'),
    ('-٥', '''-٥', '-٥'),
    -- formulas behind another reader's separator
    ('a";=1+2', '"a"";=1+2"', NULL), ('a;=1', '"a;=1"', 'a;=1'), ('a; =1', '"a; =1"', 'a; =1'),
    ('a|@x', '"a|@x"', 'a|@x'), (E'a\t-1', E'"a\t-1"', E'a\t-1'), ('a;b;c', 'a;b;c', NULL), ('a;', 'a;', NULL),
    ('a;;=', '"a;;="', 'a;;='), ('a;＝1', '"a;＝1"', 'a;＝1'), ('a=;1', 'a=;1', NULL)
) AS v (cell, written, unguarded);

-- Labels are cells, too.
INSERT INTO lead_statuses (business_id, name, label) VALUES (7, 'cell', '=HYPERLINK("x")');
SELECT is(export_leads_csv('7', 'cell'), test_expected_csv('7', 'cell'),
          'the file with a formula as a label is the one of the oracle');
SELECT matches(export_leads_csv('7', 'cell'), '\r\ncell,"''=HYPERLINK\(""x""\)",1000,',
               'a label that is a formula is written with an apostrophe before it');
UPDATE lead_statuses SET label = '' WHERE name = 'cell';
SELECT is(export_leads_csv('7', 'cell'), test_expected_csv('7', 'cell'),
          'the file with an empty label is the one of the oracle');

-- Moments, up to the limits of the type.
CREATE FUNCTION test_moment(moment timestamp, written text)
RETURNS text
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE leads SET created_at = moment, phone_e164 = NULL, email = NULL, source = NULL, notes = NULL WHERE id = 1000;
    INSERT INTO call_log (id, business_id, lead_id, created_at, call_status) VALUES (1000, 7, 1000, moment, 'c')
    ON CONFLICT (id) DO UPDATE SET created_at = moment;
    RETURN is(split_part(export_leads_csv('7', 'cell'), E'notes\r\n', 2),
              format(E'cell,,1000,x,,,%1$s,%1$s,c,,\r\n', written),
              format('the moment %s is written as %s', moment, written));
END;
$$;
SELECT test_moment(moment, written)
FROM (VALUES ('2025-12-23 10:11:12'::timestamp, '2025-12-23T10:11:12'),
             ('2025-12-23 10:11:12.000001', '2025-12-23T10:11:12.000001'),
             ('2025-12-23 10:11:12.5', '2025-12-23T10:11:12.500000'),
             ('1999-12-31 23:59:59.999999', '1999-12-31T23:59:59.999999'),
             ('2000-01-01 00:00:00', '2000-01-01T00:00:00'),
             ('2000-02-29 00:00:00', '2000-02-29T00:00:00'),
             ('1900-03-01 00:00:00', '1900-03-01T00:00:00'),
             ('0999-01-01 00:00:00', '0999-01-01T00:00:00'),
             ('0001-01-01 00:00:00', '0001-01-01T00:00:00'),
             ('9999-12-31 23:59:59.999999', '9999-12-31T23:59:59.999999'),
             ('10000-01-01 00:00:00', '10000-01-01T00:00:00'),
             ('294276-12-31 23:59:59.999999', '294276-12-31T23:59:59.999999'),
             ('4714-11-24 00:00:00 BC', '4714-11-24T00:00:00 BC'),
             ('0001-12-31 23:59:59.999999 BC', '0001-12-31T23:59:59.999999 BC'),
             ('infinity', 'infinity'),
             ('-infinity', '''-infinity')) AS v (moment, written);

-- Settings that change how PostgreSQL prints values change no byte.
UPDATE leads SET created_at = '2025-02-01 03:04:05.06' WHERE id = 1000;
SELECT set_config('test.expected', export_leads_csv('7', 'new') || export_leads_csv('7', 'cell'), true) AS expected
\gset
SET DateStyle = 'German, DMY';
SET IntervalStyle = 'iso_8601';
SET bytea_output = 'escape';
SET extra_float_digits = -15;
SET lc_numeric = 'C';
SET xmlbinary = hex;
SET TimeZone = 'Asia/Tokyo';
SET client_min_messages = error;
SELECT is(export_leads_csv('7', 'new') || export_leads_csv('7', 'cell'), :'expected',
          'no setting for printing changes a byte of the file');
SELECT is(current_setting('DateStyle') || current_setting('IntervalStyle') || current_setting('bytea_output')
          || current_setting('extra_float_digits'),
          'German, DMYiso_8601escape-15', 'the settings for printing are as before after exports');
RESET ALL;

-- Big cells.
UPDATE leads SET notes = repeat('צ"', 500000) WHERE id = 1000;
SELECT is(md5(export_leads_csv('7', 'cell')), md5(test_expected_csv('7', 'cell')),
          'the file with notes of 1.5 MB, half of them quotes, is the one of the oracle');
SELECT is(export_leads_csv('7', 'new'), test_expected_csv('7', 'new'),
          'a small file after a big one is the one of the oracle');

SELECT finish();
ROLLBACK;
