-- Where the name of a table leads to another table, or the table has become a part of another, exports stop, the check
-- names both, and one call of set-up moves over to what is there now.

BEGIN;
SELECT plan(67);
CREATE EXTENSION export_leads;
CREATE ROLE web;
-- An application may export, or the check would say that none does.
SELECT count(export_leads_allow('web')) AS allowed \gset

CREATE FUNCTION test_error(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ': ' || SQLERRM;
END;
$$;
CREATE FUNCTION test_file() RETURNS text LANGUAGE sql AS
$$
    SELECT replace(trim(U&'\FEFF' FROM public.export_leads_csv(7, 'new', '{lead_id, status_name, last_call_status}')),
                   E'\r\n', ' ')
$$;
-- The tables, set up as a site has them; each in turn is replaced.
CREATE PROCEDURE test_make() LANGUAGE plpgsql AS $$
BEGIN
    CREATE TABLE leads (id int, tenant_id int, name text, status text, created_at timestamp DEFAULT '2026-01-01');
    CREATE TABLE lead_statuses (id int, tenant_id int, name text, label text);
    CREATE TABLE call_logs (id int, tenant_id int, lead_id int, call_status text,
                            created_at timestamp DEFAULT '2026-01-02');
    GRANT SELECT ON leads, lead_statuses, call_logs TO web;
    INSERT INTO leads VALUES (1, 7, 'דנה', 'new');
    INSERT INTO lead_statuses VALUES (1, 7, 'new', 'חדש');
    INSERT INTO call_logs VALUES (1, 7, 1, 'answered');
    PERFORM * FROM public.export_leads_setup();
END;
$$;
-- What remains of set-up on a table.
CREATE FUNCTION test_traces(relation regclass) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', CASE WHEN c.relrowsecurity THEN 'row security' END,
                     (SELECT string_agg(p.polname, ' ') FROM pg_policy AS p WHERE p.polrelid = c.oid),
                     (SELECT count(*) || ' grants' FROM pg_attribute AS a
                      WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL HAVING count(*) > 0))
    FROM pg_class AS c WHERE c.oid = relation
$$;

-- What replaces a table; what exports say then; whether a former table is left and which.
CREATE TEMP TABLE replacements (place serial, name text, replacement text, finding text, error text, file text,
                                former text);
INSERT INTO replacements (name, replacement, finding, error, file, former) VALUES
    ('the leads are swapped by two renames',
     'ALTER TABLE leads RENAME TO leads_old; CREATE TABLE leads (LIKE leads_old); INSERT INTO leads TABLE leads_old; '
     'INSERT INTO leads VALUES (2, 7, ''x'', ''new'')',
     'table_replaced', '55000: the leads are in table "public.leads_old", but "public.leads" is another table now',
     'lead_id,status_name,last_call_status 2,חדש, 1,חדש,answered ', 'leads_old'),
    ('the statuses are swapped',
     'ALTER TABLE lead_statuses RENAME TO s_old; CREATE TABLE lead_statuses (LIKE s_old); '
     'INSERT INTO lead_statuses VALUES (1, 7, ''new'', ''אחר'')',
     'table_replaced',
     '55000: the statuses are in table "public.s_old", but "public.lead_statuses" is another table now',
     'lead_id,status_name,last_call_status 1,אחר,answered ', 's_old'),
    ('the calls are swapped for a partitioned table',
     'ALTER TABLE call_logs RENAME TO c_old; CREATE TABLE call_logs (LIKE c_old) PARTITION BY LIST (tenant_id); '
     'CREATE TABLE c7 PARTITION OF call_logs DEFAULT; '
     'INSERT INTO call_logs VALUES (2, 7, 1, ''busy'', ''2026-02-01'')',
     'table_replaced', '55000: the calls are in table "public.c_old", but "public.call_logs" is another table now',
     'lead_id,status_name,last_call_status 1,חדש,busy ', 'c_old'),
    ('the table becomes a partition of one of its name',
     'ALTER TABLE leads RENAME TO p0; CREATE TABLE leads (LIKE p0) PARTITION BY RANGE (id); '
     'ALTER TABLE leads ATTACH PARTITION p0 FOR VALUES FROM (0) TO (10); '
     'CREATE TABLE p1 PARTITION OF leads FOR VALUES FROM (10) TO (20); '
     'INSERT INTO leads VALUES (11, 7, ''x'', ''new'')',
     'table_is_part', '55000: table "public.p0", which holds the leads, is a part of table "public.leads"',
     'lead_id,status_name,last_call_status 11,חדש, 1,חדש,answered ', 'p0'),
    ('the table becomes a partition, and keeps its name',
     'CREATE TABLE whole (LIKE leads) PARTITION BY RANGE (id); '
     'ALTER TABLE whole ATTACH PARTITION leads FOR VALUES FROM (0) TO (10); '
     'CREATE TABLE p1 PARTITION OF whole DEFAULT; INSERT INTO whole VALUES (11, 7, ''x'', ''new'')',
     'table_is_part', '55000: table "public.leads", which holds the leads, is a part of table "public.whole"',
     'lead_id,status_name,last_call_status 11,חדש, 1,חדש,answered ', 'leads'),
    ('the table becomes a child of a child',
     'CREATE TABLE top (LIKE call_logs); CREATE TABLE middle () INHERITS (top); '
     'ALTER TABLE call_logs INHERIT middle; INSERT INTO top VALUES (2, 7, 1, ''busy'', ''2026-02-01'')',
     'table_is_part', '55000: table "public.call_logs", which holds the calls, is a part of table "public.top"',
     'lead_id,status_name,last_call_status 1,חדש,busy ', 'call_logs'),
    ('a schema takes another''s name',
     'CREATE SCHEMA green; CREATE TABLE green.leads (LIKE leads); '
     'INSERT INTO green.leads VALUES (3, 7, ''x'', ''new''); ALTER TABLE leads SET SCHEMA blue; '
     'ALTER TABLE green.leads SET SCHEMA public',
     'table_replaced', '55000: the leads are in table "blue.leads", but "public.leads" is another table now',
     'lead_id,status_name,last_call_status 3,חדש, ', 'blue.leads');
CREATE SCHEMA blue;
GRANT USAGE ON SCHEMA blue TO PUBLIC;

CREATE FUNCTION test_replacement(r replacements) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    finding record;
BEGIN
    CALL test_make();
    EXECUTE r.replacement;
    RETURN NEXT is(test_error('SELECT test_file()'), r.error, r.name || ': exports stop');
    SELECT * INTO finding FROM export_leads_check() AS c WHERE c.level = 'error' ORDER BY c.name DESC LIMIT 1;
    RETURN NEXT is(finding.name, r.finding, r.name || ': export_leads_check() finds it');
    EXECUTE finding.remediation;
    RETURN NEXT is(test_file(), r.file, r.name || ': the remediation moves exports over to the new table');
    RETURN NEXT is(test_traces(r.former::regclass), '',
                   r.name || ': the remediation leaves nothing behind on the former table');
    RETURN NEXT is((SELECT string_agg(c.name, ' ') FROM export_leads_check() AS c WHERE c.level = 'error'), NULL,
                   r.name || ': the remediation leaves no errors');
    RETURN NEXT is((SELECT string_agg(s.action, ' ') FROM export_leads_setup() AS s
                    WHERE s.action NOT IN ('found', 'missing')), 'unchanged',
                   r.name || ': after the remediation set-up has nothing left to do');
    RAISE EXCEPTION USING ERRCODE = 'P0100';
EXCEPTION WHEN SQLSTATE 'P0100' THEN
    RETURN;
END;
$$;
SELECT test_replacement(r) FROM replacements AS r ORDER BY r.place;

-- Set-up without arguments does the same.
SAVEPOINT moving;
CALL test_make();
ALTER TABLE leads RENAME TO leads_old;
CREATE TABLE leads (LIKE leads_old);
SELECT ok(bool_or(action = 'done' AND object = 'public.leads_old' AND detail LIKE 'row security%'),
          'a dry run of set-up says which row security it would leave on the former table')
FROM (SELECT replace(action, 'would do', 'done') AS action, object, detail
      FROM export_leads_setup(dry_run => true)) AS s;
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT is(test_file(), 'lead_id,status_name,last_call_status ', 'set-up without arguments moves over to the new table');
ROLLBACK TO moving;

-- What goes on working.
SAVEPOINT renamed;
CALL test_make();
ALTER TABLE leads RENAME TO people;
SELECT is(test_error('SELECT test_file()'), 'no error', 'exports go on after a table is renamed');
CREATE VIEW leads AS SELECT * FROM people;
SELECT is(test_error('SELECT test_file()'), 'no error',
          'exports go on where a view of the renamed table takes its name');
SELECT is((SELECT string_agg(name, ' ') FROM export_leads_check() WHERE level <> 'info'), NULL,
          'export_leads_check() has no findings where a view of the table takes its name');
SAVEPOINT views;
DROP VIEW leads;
CREATE VIEW of_people AS SELECT * FROM people;
CREATE VIEW leads AS SELECT * FROM of_people;
SELECT is(test_error('SELECT test_file()'), 'no error',
          'exports go on where a view of a view of the renamed table takes its name');
DROP VIEW leads;
CREATE TABLE others (LIKE people);
CREATE VIEW leads AS SELECT * FROM others;
SELECT is(test_error('SELECT test_file()'),
          '55000: the leads are in table "public.people", but "public.leads" is another table now',
          'exports stop where a view of another table takes the name');
SELECT is(test_error('SELECT * FROM export_leads_setup()'), '42809: "public.leads" cannot hold the leads',
          'set-up refuses a view of another table that has taken the name');
DROP VIEW leads;
CREATE MATERIALIZED VIEW leads AS SELECT * FROM people;
SELECT matches(test_error('SELECT test_file()'), '^55000: the leads are in table',
          'exports stop where a materialized view takes the name');
ROLLBACK TO views;
SELECT count(*) AS steps FROM export_leads_setup() \gset
DROP VIEW leads;
CREATE TABLE leads (LIKE people);
SELECT is(test_error('SELECT test_file()'), 'no error',
          'exports go on where a table takes the former name after a set-up has stored the new one');
ALTER TABLE people SET SCHEMA blue;
SELECT is(test_error('SELECT test_file()'), 'no error', 'exports go on after a table moves to another schema');
ROLLBACK TO renamed;

-- A table that a DBA names wins over the one that has the name.
SAVEPOINT named;
CALL test_make();
ALTER TABLE leads RENAME TO leads_old;
CREATE TABLE leads (LIKE leads_old);
SELECT count(*) AS steps FROM export_leads_setup(leads => 'leads_old') \gset
SELECT is(test_file(), 'lead_id,status_name,last_call_status 1,חדש,answered ',
          'set-up keeps a table that it is told, though another has its former name');
ROLLBACK TO named;

-- A table that is gone. Tables of its name in other schemas, which belong to somebody else, are not taken for it.
CREATE FUNCTION test_hint(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    EXECUTE statement;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN hint;
END;
$$;
SAVEPOINT gone;
CALL test_make();
CREATE ROLE hr;
CREATE SCHEMA hr AUTHORIZATION hr;
GRANT USAGE ON SCHEMA hr TO PUBLIC;
CREATE TABLE hr.leads (LIKE leads INCLUDING DEFAULTS);
CREATE TABLE hr.call_logs (LIKE call_logs INCLUDING DEFAULTS);
INSERT INTO hr.leads VALUES (4, 7, 'HR', 'new');
ALTER TABLE hr.leads OWNER TO hr;
ALTER TABLE hr.call_logs OWNER TO hr;
DROP TABLE leads;
SELECT is(test_error('SELECT test_file()'), '55000: table "public.leads", which held the leads, is gone',
          'exports stop where a table is gone');
SELECT is((SELECT format('%s %s: %s', name, object, remediation) FROM export_leads_check() WHERE level = 'error'),
          'table_missing public.leads: SELECT * FROM public.export_leads_setup(leads => ''...'');',
          'the check leaves it to the site which table holds the leads now');
SELECT is(test_error('SELECT * FROM export_leads_setup()'),
          '55000: table "public.leads", which held the leads, is gone',
          'set-up takes no table of another schema for one that is gone');
SELECT is(test_hint('SELECT * FROM export_leads_setup(phone => '''')'),
          'Name what holds them now: SELECT * FROM public.export_leads_setup(leads => ''...'', phone => '''');',
          'and says how to name one');
SAVEPOINT told;
SELECT count(*) AS steps FROM export_leads_setup(leads => 'hr.leads') \gset
SELECT is(test_file(), 'lead_id,status_name,last_call_status 4,חדש, ', 'set-up takes a table that it is told to take');
ROLLBACK TO told;
DROP TABLE call_logs;
SELECT is(test_error('SELECT * FROM export_leads_setup()'),
          '55000: tables "public.leads", which held the leads, and "public.call_logs", which held the calls, are gone',
          'set-up names each table that is gone');
SELECT is(test_hint('SELECT * FROM export_leads_setup()'),
          'Name what holds them now: SELECT * FROM public.export_leads_setup(calls => ''...'', leads => ''...'');',
          'and asks for all of them at once');
SELECT is(test_error('SELECT * FROM export_leads_setup(leads => ''hr.leads'')'),
          '55000: table "public.call_logs", which held the calls, is gone', 'and for those that are not given');
CREATE TABLE leads (LIKE hr.leads INCLUDING DEFAULTS);
INSERT INTO leads VALUES (5, 7, 'x', 'new');
CREATE TABLE call_logs (LIKE hr.call_logs INCLUDING DEFAULTS);
SELECT is((SELECT string_agg(DISTINCT remediation, '; ') FROM export_leads_check() WHERE name = 'table_missing'),
          'SELECT * FROM public.export_leads_setup();', 'tables made anew under their names need no decision');
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT is(test_file(), 'lead_id,status_name,last_call_status 5,חדש, ', 'and set-up takes them');
SELECT count(*) AS steps FROM export_leads_teardown() \gset
DROP TABLE leads;
SELECT count(*) AS steps FROM export_leads_setup(calls => 'call_logs') \gset
SELECT is((SELECT leads FROM export_leads_configuration), 'hr.leads'::regclass,
          'a first set-up finds a table in any schema');
ROLLBACK TO gone;

-- Parts are refused.
CALL test_make();
SELECT count(*) AS steps FROM export_leads_teardown() \gset
CREATE TABLE whole (LIKE leads) PARTITION BY LIST (tenant_id);
CREATE TABLE part PARTITION OF whole DEFAULT;
CREATE TABLE child () INHERITS (call_logs);
SELECT is(test_error($$SELECT export_leads_setup(leads => 'part')$$),
          '42809: "public.part" is a part of table "public.whole"', 'set-up refuses a partition');
SELECT is(test_error($$SELECT export_leads_setup(calls => 'child')$$),
          '42809: "public.child" is a part of table "public.call_logs"', 'set-up refuses a child of another table');

SELECT finish();
ROLLBACK;
