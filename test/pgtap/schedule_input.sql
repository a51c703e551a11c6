-- What schedules are refused for: each is an error of class 22 with a hint, and nothing is stored.

BEGIN;
\i test/fixtures/application.sql
SELECT * FROM no_plan();
CREATE EXTENSION export_leads;
SELECT count(*) AS steps FROM export_leads_setup(time_zone => 'Asia/Jerusalem') \gset

-- The arguments after the tenant.
CREATE TEMP TABLE refused (place serial, arguments text, sqlstate text, message text, hint text);
INSERT INTO refused (arguments, sqlstate, message, hint) VALUES
    ('NULL, ''08:00''', '22004', 'status must not be null', '%'),
    (''''', ''08:00''', '22023', 'status must not be empty', '%'),
    ('''חדש'', ''08:00''', '22023', 'status must hold letters%', '%not by its label%'),
    ('''a b'', ''08:00''', '22023', 'status must hold letters%', '%'),
    ('E''a\n'', ''08:00''', '22023', 'status must hold letters%', '%'),
    ('repeat(''a'', 65), ''08:00''', '22023', 'status must not be longer than 64 characters', '%'),
    ('''new'', NULL', '22004', 'at must not be null', '%08:00%'),
    ('''new'', ''24:00''', '22023', 'at must be a time of the day before 24:00', '%00:00%'),
    ('''new'', ''08:00'', weekdays => ''{-1}''', '22023', 'weekdays must be days from 0%', '%NULL for every day%'),
    ('''new'', ''08:00'', weekdays => ''{1,8}''', '22023', 'weekdays must be days from 0%', '%NULL for every day%'),
    ('''new'', ''08:00'', weekdays => ''{1,NULL}''', '22004', 'weekdays must not contain null', '%'),
    ('''new'', ''08:00'', weekdays => ''{}''', '22023', 'weekdays must not be empty', '%NULL for every day%'),
    ('''new'', ''08:00'', month_days => ''{0}''', '22023', 'month_days must be days from 1 to 31%', '%'),
    ('''new'', ''08:00'', month_days => ''{1,32}''', '22023', 'month_days must be days from 1 to 31%', '%'),
    ('''new'', ''08:00'', month_days => ''{-2}''', '22023', 'month_days must be days from 1 to 31%',
     '%-1 for the last%'),
    ('''new'', ''08:00'', month_days => ''{NULL}''', '22004', 'month_days must not contain null', '%'),
    ('''new'', ''08:00'', month_days => ''{}''', '22023', 'month_days must not be empty', '%NULL for every day%'),
    ('''new'', ''08:00'', time_zone => ''Jerusalem''', '22023', '"Jerusalem" is not the full name%',
     '%Asia/Jerusalem%'),
    ('''new'', ''08:00'', time_zone => ''IST''', '22023', '"IST" is not the full name%', '%'),
    ('''new'', ''08:00'', time_zone => ''EST5EDT,M3.2.0,M11.1.0''', '22023', '%is not the full name%', '%'),
    ('''new'', ''08:00'', time_zone => ''foo3''', '22023', '"foo3" is not the full name%', '%'),
    ('''new'', ''08:00'', time_zone => ''+02''', '22023', '"+02" is not the full name%', '%'),
    ('''new'', ''08:00'', time_zone => ''''', '22023', '"" is not the full name%', '%'),
    ('''new'', ''08:00'', format => NULL', '22004', 'format must not be null', '%'),
    ('''new'', ''08:00'', format => ''pdf''', '22023', 'unknown export format', '%csv, xlsx%'),
    ('''new'', ''08:00'', format => ''''', '22023', 'unknown export format', '%csv, xlsx%'),
    ('''new'', ''08:00'', columns => ''{}''', '22023', 'columns must not be empty', '%NULL%'),
    ('''new'', ''08:00'', columns => ''{notes,NULL}''', '22023', 'columns must not contain null', '%'),
    ('''new'', ''08:00'', columns => ''{notes,city}''', '22023', 'unknown column "city"', '%status_id%'),
    ('''new'', ''08:00'', columns => ''{notes,notes}''', '22023', 'column "notes" is given twice', '%status_id%'),
    ('''new'', ''08:00'', period => ''year''', '22023', 'unknown period "year"',
     '%day, week, month, since_last_success%'),
    ('''new'', ''08:00'', period => ''''', '22023', 'unknown period ""', '%NULL is all leads%'),
    ('''new'', ''08:00'', period => ''Day''', '22023', 'unknown period "Day"', '%'),
    ('''new'', ''08:00'', recipients => ''{}''', '22023', 'recipients must not be empty', '%NULL for none%'),
    ('''new'', ''08:00'', recipients => ''{a@example.com,NULL}''', '22004', 'recipients must not contain null', '%'),
    ('''new'', ''08:00'', recipients => ARRAY(SELECT n || ''@example.com'' FROM generate_series(1, 51) AS n)', '22023',
     'there must be no more than 50 recipients', '%mailing list%'),
    ('''new'', ''08:00'', name => E''Leads\r\nBcc: all@example.com''', '22023', 'name must be one line%', '%NULL%'),
    ('''new'', ''08:00'', name => E''a\u0085b''', '22023', 'name must be one line%', '%'),
    ('''new'', ''08:00'', name => E''a\u2028b''', '22023', 'name must be one line%', '%'),
    ('''new'', ''08:00'', name => '' ''', '22023', 'name must be one line that is not blank', '%'),
    ('''new'', ''08:00'', name => repeat(''א'', 201)', '22023', 'name must not be longer than 200 characters', '%'),
    ('''new'', ''08:00'', requested_by => E''dana\t''', '22023', 'requested_by must be one line%', '%NULL%'),
    ('''new'', ''08:00'', requested_by => ''''', '22023', 'requested_by must be one line that is not blank', '%'),
    ('''new'', ''08:00'', requested_by => repeat(''a'', 201)', '22023',
     'requested_by must not be longer than 200 characters', '%');
INSERT INTO refused (arguments, sqlstate, message, hint)
SELECT format('''new'', ''08:00'', %s => %L', argument, array_of_arrays), '22023',
       argument || ' must be an array of one dimension', '%{a,b}%'
FROM (VALUES ('weekdays', '{{1,2}}'), ('month_days', '{{1}}'), ('columns', '{{notes},{phone}}'),
             ('recipients', '{{a@example.com,b@example.com}}')) AS a (argument, array_of_arrays);
-- Addresses; the first of two is right, so that the message counts.
INSERT INTO refused (arguments, sqlstate, message, hint)
SELECT format('''new'', ''08:00'', recipients => ARRAY[''a@example.com'', %L]', address), '22023',
       'recipient 2 is not a mail address', '%dana@example.com%'
FROM unnest(ARRAY['', ' ', 'dana', '@example.com', 'dana@', 'dana@@example.com', 'a@b@example.com',
                  'dana @example.com', 'dana@exam ple.com', E'dana@example.com\n', E'dana@example.com\r\nBcc: b@b.c',
                  E'da\tna@example.com', 'dana@example.com,b@b.c', 'dana@example.com;b@b.c',
                  'Dana <dana@example.com>', '<dana@example.com>', '"da na"@example.com', 'דנה@example.com',
                  'dana@דנה.example', '.dana@example.com', 'dana.@example.com', 'da..na@example.com',
                  'dana@.example.com', 'dana@example..com', 'dana@example.com.', 'dana@-example.com',
                  'dana@example-.com', 'dana@exam_ple.com', 'dana@[127.0.0.1]', 'dana(x)@example.com',
                  'da\na@example.com', repeat('a', 65) || '@example.com', 'a@' || repeat('a', 64) || '.com',
                  'a@' || repeat('abcdefghi.', 26) || 'com', U&'da\00a0na@example.com', U&'dana@example\3002com',
                  U&'dana\ff20example.com']) AS address;

CREATE FUNCTION test_schedule(arguments text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text;
    hint text;
    made uuid;
BEGIN
    EXECUTE format('SELECT export_leads_schedule(7, %s)', arguments) INTO made;
    RETURN (SELECT to_jsonb(s) FROM export_leads_schedules AS s WHERE s.schedule_id = made);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws('|', SQLSTATE, message, hint);
END;
$$;
CREATE FUNCTION test_name(arguments text) RETURNS text LANGUAGE sql AS
$$ SELECT left(translate(arguments, E'\r\n', '  '), 100) $$;
CREATE TEMP TABLE answers AS
SELECT r.*, string_to_array(test_schedule(r.arguments), '|') AS answer FROM refused AS r ORDER BY r.place;
SELECT is(answer[1], sqlstate, format('%s is refused with %s', test_name(arguments), sqlstate)) FROM answers;
SELECT alike(answer[2], message, format('the message says so: %s', test_name(arguments))) FROM answers;
SELECT alike(answer[3], hint, format('the hint says what to give instead of %s', test_name(arguments)))
FROM answers
-- An export says no more of it.
WHERE arguments NOT LIKE '%format => NULL';
SELECT is_empty('SELECT * FROM export_leads_schedules', 'nothing is stored of what is refused');

-- What is accepted, and as what it is stored.
CREATE FUNCTION test_stored(arguments text, field text) RETURNS text LANGUAGE sql AS
$$ SELECT test_schedule(arguments)::jsonb ->> field $$;
SELECT is(test_stored(arguments, field), expected, format('%s is stored as %s %s', arguments, field, expected))
FROM (VALUES ('''new'', ''08:00''', 'time_zone', 'Asia/Jerusalem'), ('''new'', ''08:00''', 'format', 'csv'),
             ('''new'', ''08:00''', 'recipients', '[]'), ('''new'', ''08:00''', 'weekdays', NULL),
             ('''new'', ''08:00''', 'tenant', '7'), ('''VIP-2_x'', ''00:00''', 'status', 'VIP-2_x'),
             ('''new'', ''23:59:59''', 'at', '23:59:59'),
             ('''new'', ''08:00'', weekdays => ''{7,1,5,1,0}''', 'weekdays', '[0, 1, 5]'),
             ('''new'', ''08:00'', month_days => ''{31,-1,1,31}''', 'month_days', '[-1, 1, 31]'),
             ('''new'', ''08:00'', time_zone => ''UTC''', 'time_zone', 'UTC'),
             ('''new'', ''08:00'', format => ''xlsx''', 'format', 'xlsx'),
             ('''new'', ''08:00'', columns => ''{notes,status_id}''', 'columns', '["notes", "status_id"]'),
             ('''new'', ''08:00'', period => ''since_last_success''', 'period', 'since_last_success'),
             ('''new'', ''08:00'', name => ''לידים של השבוע''', 'name', 'לידים של השבוע'),
             ('''new'', ''08:00'', name => repeat(''א'', 200)', 'name', repeat('א', 200)),
             ('''new'', ''08:00'', recipients => ''{b@x.co,a@X.co,B@x.co,a@x.CO,b@x.co}''', 'recipients',
              '["b@x.co", "a@X.co", "B@x.co"]'))
     AS v (arguments, field, expected);
SELECT is(test_stored(format('''new'', ''08:00'', recipients => ARRAY[%L]', address), 'recipients'),
          jsonb_build_array(address)::text, format('%s is a mail address', left(address, 60)))
FROM unnest(ARRAY['dana@example.com', 'dana+leads@mail.example.co.il', 'o''brien@example.com', 'x@localhost',
                  'a.b-c_d@xn--4dbcagdahymbxekheh6e0a7fei0b.example', '!#$%&''*+/=?^_`{|}~@example.com',
                  repeat('a', 64) || '@example.com', 'a@' || repeat('a', 63) || '.com',
                  'a@' || repeat('abcdefghi.', 24) || 'abcdefghijk']) AS address;
SELECT is(jsonb_array_length(test_stored(
              '''new'', ''08:00'', recipients => ARRAY(SELECT n || ''@b.c'' FROM generate_series(1, 50) AS n)',
              'recipients')::jsonb), 50, 'there may be 50 recipients');

-- The site's zone is the one that it shows, where it has one.
SELECT count(*) AS steps FROM export_leads_setup(shown_time_zone => 'America/New_York') \gset
SELECT is(test_stored('''new'', ''08:00''', 'time_zone'), 'America/New_York',
          'without a zone, a schedule is in the one that the site shows');
SELECT is((test_stored('''new'', ''08:00''', 'next_run')::timestamptz AT TIME ZONE 'America/New_York')::time,
          time '08:00', 'it runs at that time by the clocks of its zone');

-- No tenant can fill the table.
DELETE FROM export_leads_schedules;
SELECT count(export_leads_schedule(7, 'new', '08:00')) AS made FROM generate_series(1, 100) \gset
SELECT matches(test_schedule('''new'', ''08:00'''), '^54000[|]a tenant cannot have more than 100 schedules[|].+',
               'a tenant has 100 schedules at most');
SELECT lives_ok('SELECT export_leads_schedule(13, ''new'', ''08:00'')', 'the schedules of others do not count');
SELECT is((SELECT count(*) FROM export_leads_schedules), 101::bigint, 'nothing is stored beyond that');

SELECT finish();
ROLLBACK;
