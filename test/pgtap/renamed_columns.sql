-- A column that was mapped stays mapped: a rename is followed, and where that cannot be, exports stop and the check
-- names the field. No field is ever emptied, or read from another column, unless set-up is told so.

BEGIN;
SELECT plan(55);
CREATE EXTENSION export_leads;
CREATE FUNCTION test_error(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ': ' || SQLERRM;
END;
$$;
CREATE FUNCTION test_file() RETURNS text LANGUAGE sql AS $$
    SELECT split_part(public.export_leads_csv(7, 'new',
              '{full_name, phone, email, source, notes, status_name, last_call_status}'),
                      E'\r\n', 2)
$$;
CREATE TABLE leads (id int, tenant_id int, name text, phone text, email text, source text, notes text, status text,
                    created_at timestamp DEFAULT '2026-01-01', spare text DEFAULT 'spare');
CREATE TABLE lead_statuses (id int PRIMARY KEY, tenant_id int, name text, label text);
CREATE TABLE call_logs (id int, tenant_id int, lead_id int, call_status text, status text DEFAULT 'spare',
                        created_at timestamp DEFAULT '2026-01-02');
INSERT INTO leads VALUES (1, 7, 'Dana', '050', 'a@b', 'web', 'note', 'new');
INSERT INTO lead_statuses VALUES (1, 7, 'new', 'חדש');
INSERT INTO call_logs VALUES (1, 7, 1, 'answered');
CREATE TEMP TABLE first AS SELECT * FROM export_leads_setup();
SELECT count(export_leads_allow('pg_monitor')) AS allowed \gset
SELECT test_file() AS file \gset
SELECT is(:'file'::text, 'Dana,050,a@b,web,note,חדש,answered', 'the file holds every field before columns are renamed');
SELECT is((SELECT sql FROM first WHERE object = 'call_status'),
          'SELECT * FROM public.export_leads_setup(call_status => ''status''); -- the runner-up',
          'where set-up chose between two candidates it prints the call for the other');
SELECT is((SELECT string_agg(sql, ' ') FROM export_leads_setup() WHERE action = 'found'), NULL,
          'set-up prints no call for another candidate once the choice is stored');

-- Each mapped column is renamed in turn, all at once, back, and under the names of each other.
CREATE TEMP TABLE renames (place serial, relation text, name text);
INSERT INTO renames (relation, name)
SELECT v.relation, c.name
FROM (VALUES ('leads', '{id, tenant_id, name, phone, email, source, notes, status, created_at}'::text[]),
             ('lead_statuses', '{tenant_id, name, label}'), ('call_logs',
             '{id, tenant_id, lead_id, call_status, created_at}'))
     AS v (relation, names), unnest(v.names) AS c (name);
CREATE FUNCTION test_rename(relation text, name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    problems text;
BEGIN
    EXECUTE format('ALTER TABLE %I RENAME %I TO %I', relation, name, 'A "new" ' || name);
    problems := public.test_error('SELECT public.test_file()');
    IF problems = 'no error' THEN
        problems := concat_ws(', ', public.test_file(),
                              (SELECT string_agg(c.name, ' ') FROM public.export_leads_check() AS c),
                              (SELECT string_agg(DISTINCT action, ' ') FROM public.export_leads_setup()),
                              public.test_file());
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'P0100';
EXCEPTION WHEN SQLSTATE 'P0100' THEN
    RETURN problems;
END;
$$;
SELECT is(test_rename(relation, name), concat_ws(', ', :'file', 'found unchanged', :'file'),
          format('column %s of table %s is followed, and set-up keeps it', name, relation))
FROM renames ORDER BY place;
SAVEPOINT swapped;
ALTER TABLE leads RENAME name TO full_name;
ALTER TABLE leads RENAME full_name TO first_name;
ALTER TABLE leads RENAME notes TO remarks;
SELECT is(test_file(), :'file', 'a column that is renamed several times is followed');
SELECT results_eq($$SELECT object, detail FROM export_leads_setup() WHERE object IN ('notes', 'full_name')$$,
                  $$VALUES ('full_name', 'COALESCE(NULLIF(lead.first_name, ''''), ''ללא שם'')'), ('notes', 'remarks')$$,
                  'set-up prints the new names of columns that were renamed');
ALTER TABLE leads RENAME remarks TO notes;
SELECT is(test_file(), :'file', 'a column that is renamed to a former name of another is followed');
ROLLBACK TO swapped;

-- A column that takes the name of another one.
SAVEPOINT replaced;
ALTER TABLE leads RENAME phone TO old_phone;
ALTER TABLE leads RENAME spare TO phone;
SELECT is(test_error('SELECT test_file()'),
          '55000: "phone" is in column "old_phone" of table "public.leads", but "phone" is another column now',
          'a column that has taken the name of a mapped one stops exports');
SELECT results_eq($$SELECT name, level, remediation FROM export_leads_check()$$,
                  $$VALUES ('column_replaced', 'error', 'SELECT * FROM public.export_leads_setup(phone => ''...'');')$$,
                  'export_leads_check() finds the column that has taken the name of a mapped one');
SELECT is(test_error('SELECT * FROM export_leads_setup()'),
          '55000: export_leads_setup() cannot decide which columns to read',
          'set-up refuses to choose where a column has taken the name of a mapped one');
SELECT count(*) AS steps FROM export_leads_setup(phone => 'phone') \gset
SELECT is(test_file(), replace(:'file', '050', 'spare'), 'the file reads the column that set-up was told to read');
ROLLBACK TO replaced;
ALTER TABLE leads RENAME name TO old_name;
ALTER TABLE leads RENAME spare TO name;
SELECT is(test_error('SELECT test_file()'),
          '55000: "full_name" is in column "old_name" of table "public.leads", but "name" is another column now',
          'a column that has taken the name of one in the full name stops exports');
SELECT is((SELECT remediation FROM export_leads_check()),
          'SELECT * FROM public.export_leads_setup(full_name => ''...'');',
          'export_leads_check() asks which column the full name is');
SELECT count(*) AS steps FROM export_leads_setup(full_name => 'lead.name') \gset
SELECT is(test_file(), replace(:'file', 'Dana', 'spare'), 'the full name is read from the column that set-up was told');
ROLLBACK TO replaced;

-- A column that takes the name of one that is gone, and is another field's.
ALTER TABLE leads DROP phone;
ALTER TABLE leads RENAME notes TO phone;
SELECT is(test_error('SELECT test_file()'),
          '55000: the column of table "public.leads" that holds "phone" is gone, and "phone" is another one',
          'a column that was there before is not taken for one that is gone');
ROLLBACK TO replaced;

-- What an expression reads: its names must mean what they meant.
ALTER TABLE leads ADD a text DEFAULT 'A', ADD b text DEFAULT 'B';
SELECT count(export_leads_add_column('x', 'lead.a')), count(export_leads_add_column('y', 'lead.b')) AS y \gset
SELECT count(*) AS steps FROM export_leads_setup(full_name => 'lead.name') \gset
SELECT alike(export_leads_csv(7, 'new', '{x, y, full_name}'), '%A,B,Dana%', 'columns of the site''s own are exported');
SAVEPOINT expressions;
ALTER TABLE leads RENAME a TO c;
ALTER TABLE leads RENAME b TO a;
ALTER TABLE leads RENAME c TO b;
SELECT is(test_error($$SELECT export_leads_csv(7, 'new', '{x}')$$),
          '55000: column "x" of files reads "a" of table "public.leads", which is another column now',
          'columns that swap their names stop the own column that reads one');
SELECT set_has('SELECT object, level FROM export_leads_check()',
          $$VALUES ('column x', 'error'), ('column y', 'error')$$,
               'export_leads_check() names each own column that reads swapped columns');
SELECT is(test_error('SELECT test_file()'), 'no error',
          'columns that swapped their names stop no export that does not read them');
ROLLBACK TO expressions;
ALTER TABLE leads RENAME name TO old_name;
ALTER TABLE leads RENAME phone TO name;
SELECT is(test_error('SELECT test_file()'),
          '55000: column "full_name" of files reads "name" of table "public.leads", which is another column now',
          'a swapped column stops exports with a full name that was given');
ROLLBACK TO replaced;

-- A column that is gone.
ALTER TABLE leads DROP notes;
SELECT is(test_error('SELECT test_file()'), '55000: column "notes" of table "public.leads" does not exist',
          'a mapped column that is gone stops exports');
SELECT results_eq($$SELECT name, remediation FROM export_leads_check()$$,
                  $$VALUES ('column_missing', 'SELECT * FROM public.export_leads_setup(notes => ''...'');')$$,
                  'the remediation for a mapped column that is gone names the field');
SELECT is(test_error('SELECT * FROM export_leads_setup()'),
          '55000: export_leads_setup() cannot decide which columns to read',
          'set-up does not leave a field empty by itself where its column is gone');
ALTER TABLE leads ADD notes text DEFAULT 'again';
SELECT is(test_error('SELECT test_file()'),
          '55000: role "export_leads_reader" has no SELECT on column "notes" of table "public.leads"',
          'a new column with the name of one that is gone needs a set-up first');
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT is(test_file(), replace(:'file', 'note', 'again'),
          'a new column with the name of one that is gone is exported once set-up has run');
ALTER TABLE leads DROP notes;
SELECT count(*) AS steps FROM export_leads_setup(notes => '') \gset
SELECT is(test_file(), replace(:'file', 'note', ''), 'a field is left empty where set-up was told so');
SELECT results_eq('SELECT name, level, object, remediation FROM export_leads_check()',
                  $$VALUES ('field_empty', 'info', 'notes', NULL::text)$$,
                  'export_leads_check() keeps telling that a field is empty');
ALTER TABLE leads ADD notes text DEFAULT 'again';
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT is(test_file(), replace(:'file', 'note', ''),
          'a column that appears later does not fill a field that was to be empty');
SELECT is((SELECT remediation FROM export_leads_check()),
          'SELECT * FROM public.export_leads_setup(notes => ''notes'');',
          'export_leads_check() tells of a column that could fill an empty field');
ROLLBACK TO replaced;

-- In a restored database columns have other numbers: there the name counts.
UPDATE export_leads_configuration SET numbered_in = regexp_replace(numbered_in, '^\d+', '1');
SAVEPOINT copied;
SELECT is(test_file(), :'file', 'a copy of the database has the same columns and exports the same file');
ALTER TABLE leads RENAME notes TO remarks;
SELECT is(test_file(), :'file', 'a copy of the database has the same column numbers, so renames are followed');
ALTER TABLE leads RENAME phone TO notes;
SELECT is(test_error('SELECT test_file()'),
          '55000: "notes" is in column "remarks" of table "public.leads", but "notes" is another column now',
          'in a copy of the database a column that took a mapped name stops exports');
ROLLBACK TO copied;
-- As a dump leaves out what was dropped: one column less, all numbers one lower.
UPDATE export_leads_configuration SET column_numbers = ARRAY(
    SELECT format('%s %s/%s %s', part[1], part[2]::int + 1, part[3]::int + 1, part[4])
    FROM unnest(column_numbers) AS entry, regexp_match(entry, '^(\S+) (\d+)/(\d+) (.*)$') AS part);
SELECT is(test_file(), :'file', 'in a restored database, with other column numbers, columns are found by name');
ALTER TABLE leads RENAME notes TO remarks;
SELECT is(test_error('SELECT test_file()'), '55000: column "notes" of table "public.leads" does not exist',
          'a rename in a database with other column numbers stops exports');
ROLLBACK TO replaced;

-- What object mappers call columns.
SELECT count(*) AS steps FROM export_leads_teardown() \gset
ALTER TABLE leads RENAME tenant_id TO "tenantId";
ALTER TABLE leads RENAME created_at TO "createdAt";
ALTER TABLE leads RENAME name TO "firstName";
ALTER TABLE leads RENAME phone TO "phoneE164";
ALTER TABLE call_logs RENAME lead_id TO "leadId";
ALTER TABLE call_logs RENAME call_status TO "callStatus";
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT is(test_file(), :'file', 'set-up finds the names that Prisma and TypeORM give columns');
ALTER TABLE leads ADD tenant_id int;
SELECT count(*) AS steps FROM export_leads_teardown() \gset
SELECT is(test_error('SELECT * FROM export_leads_setup()'),
          '55000: export_leads_setup() cannot decide which columns to read',
          'set-up chooses none of two columns for the tenant');
ALTER TABLE leads DROP tenant_id;

-- Leads without a name.
ALTER TABLE leads RENAME "firstName" TO contact_name;
SELECT results_eq($$SELECT action, sql FROM export_leads_setup() WHERE object = 'full_name'$$,
                  $$VALUES ('missing', 'SELECT * FROM public.export_leads_setup(full_name => ''...'');')$$,
                  'set-up reports the full name as missing where no column makes it');
SELECT is((SELECT detail FROM export_leads_check() WHERE object = 'full_name'),
          'files call every lead "ללא שם": no column of table "public.leads" was found or named for it',
          'export_leads_check() says what files hold in the place of a full name');
SELECT count(*) AS steps FROM export_leads_setup(full_name => 'lead.contact_name') \gset
SELECT is(test_file(), :'file', 'the file holds the full name once set-up was told the expression');

SELECT finish();
ROLLBACK;
