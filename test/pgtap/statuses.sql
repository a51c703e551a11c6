-- However a site keeps the status of a lead (in whatever type, by its name or by its key, with statuses of each tenant,
-- of all tenants, or none), every file holds the leads of exactly the status that was asked for.

BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION export_leads;
CREATE EXTENSION citext;
CREATE SCHEMA types;
CREATE EXTENSION isn SCHEMA types;
CREATE FUNCTION test_error(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ': ' || SQLERRM;
END;
$$;
CREATE FUNCTION test_detail(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    hint text;
BEGIN
    EXECUTE statement;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' ', detail, hint);
END;
$$;
-- A file without its header.
CREATE FUNCTION test_file(status text, tenant int DEFAULT 7) RETURNS text LANGUAGE sql AS $$
    SELECT replace(substr(f.file, strpos(f.file, E'\r\n') + 2), E'\r\n', ' ')
    FROM public.export_leads_csv(tenant, status, '{status_id, status_name, lead_id}') AS f (file)
$$;
CREATE TABLE leads (id int, tenant_id int, name text, status text, created_at timestamp DEFAULT '2026-01-01',
                    status_id int, flag boolean);
CREATE TABLE lead_statuses (id int PRIMARY KEY, tenant_id int, name text, label text);
CREATE TABLE call_logs (id int, tenant_id int, lead_id int, call_status text,
                        created_at timestamp DEFAULT '2026-01-02');
INSERT INTO leads VALUES (1, 7, 'Dana', 'new', DEFAULT, 1), (2, 7, 'Gil', 'won', DEFAULT, 2),
                         (3, 13, 'Other', 'new', DEFAULT, 3);
INSERT INTO lead_statuses VALUES (1, 7, 'new', 'חדש'), (2, 7, 'won', 'נסגר'), (3, 13, 'new', 'OTHER');
SELECT plan(88);

-- The type of the status. Each time an index of the column serves.
CREATE TYPE types.stage AS ENUM ('new', 'won', 'lost');
CREATE DOMAIN types.label AS varchar(20) CHECK (value <> '');
CREATE DOMAIN types.checked_stage AS types.stage;
CREATE DOMAIN types.any_case AS citext;
CREATE DOMAIN types.number AS int;
CREATE COLLATION types.ignoring_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TEMP TABLE status_types (place serial, type text, is_served boolean DEFAULT true);
INSERT INTO status_types (type) VALUES
    ('text'), ('varchar(32)'), ('varchar(32) COLLATE "C"'), ('char(8)'), ('citext'), ('types.label'), ('types.stage'),
    ('types.checked_stage'), ('types.any_case');
INSERT INTO status_types (type, is_served) VALUES ('text COLLATE types.ignoring_case', false);
CREATE FUNCTION test_type(type text, OUT files text, OUT plan text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE leads ALTER status TYPE %s USING status::%s', type,
                   regexp_replace(type, ' COLLATE .*', ''));
    INSERT INTO leads (id, tenant_id, status) SELECT n, 7, 'new' FROM generate_series(10, 3000) AS n;
    CREATE INDEX ON leads (tenant_id, status, created_at DESC, id DESC);
    ANALYZE leads;
    PERFORM * FROM public.export_leads_setup();
    files := concat_ws('|', public.test_file('won'), public.test_file('lost'), public.test_file('no-such'),
                       public.test_file('Won'), public.test_file('new', 13),
                       (SELECT string_agg(c.name, ' ') FROM public.export_leads_check() AS c WHERE c.level <> 'info'));
    plan := (SELECT string_agg(e, E'\n') FROM public.export_leads_explain(7, 'won') AS e);
    RAISE EXCEPTION USING ERRCODE = 'P0100';
EXCEPTION WHEN SQLSTATE 'P0100' THEN
    RETURN;
END;
$$;
SELECT is(t.files, 'won,נסגר,2 |||won,נסגר,2 |new,OTHER,3 ',
          format('a status of type %s exports the right leads, and none for what the type cannot hold', s.type))
    || E'\n' || is(t.plan ~ 'Index (Only )?Scan|Bitmap Index Scan', s.is_served,
                   format('for a status of type %s an index serves where it should', s.type))
FROM status_types AS s CROSS JOIN LATERAL test_type(s.type) AS t ORDER BY s.place;

-- Numbers.
SELECT test_file('1') AS empty FROM export_leads_setup() LIMIT 1 \gset
SAVEPOINT kept;
ALTER TABLE leads ALTER status TYPE types.number USING id - 2;
ALTER TABLE lead_statuses ALTER name TYPE text USING (id - 2)::text;
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT is(concat_ws('|', test_file('-1'), test_file('0'), test_file('00'), test_file('-0'), test_file('2147483648'),
                    test_file('99999999999999999999'), test_file('1', 13), test_file('1')),
          '-1,חדש,1 |0,נסגר,2 |||||1,OTHER,3 |',
          'a status that is an integer is found as it is printed, and in no other form');
SELECT is_empty($$SELECT * FROM export_leads_check() WHERE level = 'error'$$,
                'export_leads_check() finds no error about a status that is an integer');
CREATE TEMP TABLE ends AS
SELECT t.type, t.lowest, t.highest
FROM (VALUES ('smallint', -32768::numeric, 32767::numeric), ('int', -2147483648, 2147483647),
             ('bigint', -9223372036854775808, 9223372036854775807)) AS t (type, lowest, highest);
CREATE FUNCTION test_ends(type text, lowest numeric, highest numeric, OUT files text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE leads ALTER status TYPE %1$s USING CASE id WHEN 1 THEN %2$L::%1$s ELSE %3$L END',
                   type, lowest, highest);
    files := concat_ws('|', public.test_file(lowest::text), public.test_file(highest::text),
                       public.test_file((lowest - 1)::text), public.test_file((highest + 1)::text),
                       public.test_file(lowest::text || '0'));
    RAISE EXCEPTION USING ERRCODE = 'P0100';
EXCEPTION WHEN SQLSTATE 'P0100' THEN
    RETURN;
END;
$$;
SELECT is(test_ends(type, lowest, highest), format('%1$s,%1$s,1 |%2$s,%2$s,2 |||', lowest, highest),
          format('the lowest and the highest status of type %s are found', type))
FROM ends;
UPDATE lead_statuses SET name = 'new';
SELECT results_eq($$SELECT name, level, remediation FROM export_leads_check() WHERE level <> 'info'$$,
                  $$VALUES ('status_names', 'warning',
                           'SELECT * FROM public.export_leads_setup(status_key => ''...'');')$$,
                  'export_leads_check() warns where no status has the name that leads hold');
ROLLBACK TO kept;

-- What can be no status.
CREATE FUNCTION test_refused(type text) RETURNS text LANGUAGE sql AS $$
    SELECT public.test_error(format('ALTER TABLE leads DROP status, ADD status %s; '
                                    'SELECT * FROM public.export_leads_setup()', type))
$$;
SELECT count(*) AS steps FROM export_leads_teardown() \gset
SELECT is(test_refused(type),
          '42804: the type of column "status" of table "public.leads" cannot hold the name of a status',
          format('set-up refuses a status of type %s', type))
FROM unnest(ARRAY['boolean', 'numeric', 'float', 'timestamp', 'date', 'jsonb', 'text[]', 'bytea', 'xml',
                  'types.ean13', '"char"']) AS type;
SELECT is(test_detail('ALTER TABLE leads ALTER status TYPE boolean USING true; '
                      'SELECT * FROM public.export_leads_setup(phone => ''name'')'),
          'Columns that could: name, status_id. Name another column: '
          'SELECT * FROM public.export_leads_setup(lead_status => ''...'', phone => ''name'');',
          'the error names columns that can hold a status, and its hint keeps what was given');
SELECT count(*) AS steps FROM export_leads_setup() \gset
SAVEPOINT altered;
ALTER TABLE leads ALTER status TYPE boolean USING true;
SELECT is(test_error('SELECT test_file(''new'')'),
          '55000: the type of column "status" of table "public.leads" cannot hold the name of a status',
          'exports stop where the column of the status becomes boolean');
SELECT results_eq($$SELECT name FROM export_leads_check() WHERE level = 'error'$$, $$VALUES ('status_type')$$,
          'export_leads_check() finds a column that can no longer hold a status');
ROLLBACK TO altered;

-- The key of the statuses' row.
SELECT is(test_error($$SELECT * FROM export_leads_setup(lead_status => 'status_id')$$),
          '42804: column "status_id" of table "public.leads" does not hold what column "name" '
          'of table "public.lead_statuses" does',
          'set-up refuses a status column of ids where names are expected');
SELECT count(*) AS steps FROM export_leads_setup(lead_status => 'status_id', status_key => 'id') \gset
SELECT is(concat_ws('|', test_file('new'), test_file('won'), test_file('NEW'), test_file('none'), test_file('1'),
          test_file('new', 13)),
          'new,חדש,1 |won,נסגר,2 |new,חדש,1 |||new,OTHER,3 ',
          'with status_key leads are found by the name of the status whose key they hold');
SELECT is_empty($$SELECT * FROM export_leads_check() WHERE level = 'error'$$,
                'export_leads_check() finds no error about leads that hold the key of their status');
SELECT is((SELECT string_agg(DISTINCT action, ' ' ORDER BY action) FROM export_leads_setup()),
          'found missing unchanged', 'a second set-up keeps the key of the statuses');
SELECT count(*) AS steps FROM export_leads_setup(status_name => 'name', lead_status => 'status_id') \gset
SELECT is((SELECT status_key FROM export_leads_configuration), 'id',
          'set-up keeps the key of the statuses when it is given other arguments');
SAVEPOINT keys;
ALTER TABLE lead_statuses ALTER id TYPE text USING 'K' || id;
SELECT matches(test_error('SELECT test_file(''new'')'),
          '^55000: column "id" of table "public.lead_statuses" cannot be the key',
               'exports stop where the key is of another type than the leads'' column');
ROLLBACK TO keys;
SELECT count(*) AS steps FROM export_leads_teardown() \gset
ALTER TABLE leads ADD FOREIGN KEY (status_id) REFERENCES lead_statuses;
SELECT count(*) AS steps FROM export_leads_setup(lead_status => 'status_id') \gset
SELECT is((SELECT status_key FROM export_leads_configuration), 'id',
          'set-up finds the key of the statuses by the foreign key');
SELECT is(test_file('won'), 'won,נסגר,2 ', 'the file is right where set-up found the key by the foreign key');
SELECT count(*) AS steps FROM export_leads_setup(status_name => 'id') \gset
SELECT is(concat_ws('|', test_file('1'), test_file('new'), test_file('3')), '1,חדש,1 ||',
          'exports may ask for the key of a status instead of its name');
SELECT count(*) AS steps FROM export_leads_teardown() \gset
SAVEPOINT only_key;
ALTER TABLE leads DROP status;
SELECT is((SELECT detail FROM export_leads_setup() WHERE object = 'lead_status'), 'status_id',
          'set-up finds a status column with a foreign key where there is no other');
SELECT is(test_file('won'), 'won,נסגר,2 ',
          'the file is right where set-up found the column with a foreign key by itself');
ROLLBACK TO only_key;
-- Keys of other types, and of several columns.
CREATE TEMP TABLE key_types (place serial, type text, key text);
INSERT INTO key_types (type, key) VALUES
    ('bigint', 'id'), ('uuid', '(''00000000-0000-0000-0000-00000000000'' || id)::uuid'), ('text', '''K'' || id'),
    ('types.label', '''K'' || id');
CREATE FUNCTION test_key(type text, key text, OUT files text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE lead_statuses ADD key %s; UPDATE lead_statuses SET key = %s; '
                   'ALTER TABLE lead_statuses ADD UNIQUE (tenant_id, key); '
                   'ALTER TABLE leads DROP status_id, ADD stage %s; '
                   'UPDATE leads AS l SET stage = s.key FROM lead_statuses AS s '
                   'WHERE s.tenant_id = l.tenant_id AND s.name = l.status; '
                   'ALTER TABLE leads ADD FOREIGN KEY (tenant_id, stage) REFERENCES lead_statuses (tenant_id, key)',
                   type, key, type);
    PERFORM * FROM public.export_leads_setup(lead_status => 'stage');
    files := concat_ws('|', public.test_file('won'), public.test_file('New'), public.test_file('new', 13),
                       public.test_file('x'));
    RAISE EXCEPTION USING ERRCODE = 'P0100';
EXCEPTION WHEN SQLSTATE 'P0100' THEN
    RETURN;
END;
$$;
SELECT is(test_key(type, key), 'won,נסגר,2 |new,חדש,1 |new,OTHER,3 |',
          format('the files are right where leads hold a key of type %s',
          type)) FROM key_types ORDER BY place;

-- Upper case.
SELECT count(*) AS steps FROM export_leads_setup(lead_status => 'status') \gset
INSERT INTO leads VALUES (4, 7, 'Upper', 'NEW'), (5, 7, 'Mixed', 'Lost'), (6, 13, 'Theirs', 'WON');
SELECT is(concat_ws('|', test_file('NEW'), test_file('new'), test_file('New'), test_file('Lost'), test_file('lost'),
          test_file('WON'), test_file('WON', 13)),
          'NEW,NEW,4 |new,חדש,1 |new,חדש,1 |Lost,Lost,5 ||won,נסגר,2 |WON,WON,6 ',
          'a status is the exact name where the tenant has it, else the lower-case form');
UPDATE leads SET status_id = NULL;
DELETE FROM lead_statuses;
SELECT is(concat_ws('|', test_file('NEW'), test_file('new'), test_file('LOST')), 'NEW,NEW,4 |new,new,1 |',
          'a status is the exact name or its lower-case form without rows of the statuses, too');
ROLLBACK TO only_key;
SELECT count(*) AS steps FROM export_leads_setup(lead_status => 'status') \gset

-- Several pipelines.
INSERT INTO lead_statuses VALUES (4, 7, 'new', 'אחר'), (5, 7, 'won', 'נסגר'), (6, 13, 'won', 'x'), (7, 13, 'won', NULL);
SELECT is(test_error('SELECT test_file(''new'')'),
          '55000: status "new" is in table "public.lead_statuses" more than once, with different labels',
          'an export of a status with two labels is refused');
SELECT is(test_file('won'), 'won,נסגר,2 ', 'an export of a status that is there twice with one label is right');
SELECT matches(test_error('SELECT test_file(''won'', 13)'), '^55000: status "won" is in table',
          'an export of a status that is there with a label and without one is refused');
SELECT count(*) AS steps FROM export_leads_setup(lead_status => 'status_id', status_key => 'id') \gset
SELECT matches(test_error('SELECT test_file(''won'')'), '^55000: status "won" is in table',
          'an export of a status whose name has two keys is refused');
SELECT count(*) AS steps FROM export_leads_setup(status_name => 'id') \gset
SELECT is(concat_ws('|', test_file('1'), test_file('2'), test_file('4')), '1,חדש,1 |2,נסגר,2 |',
          'exports by the keys of statuses with one name are right');
ROLLBACK TO only_key;

SELECT count(*) AS steps FROM export_leads_setup(lead_status => 'status', status_key => '') \gset
SELECT count(export_leads_add_column('pipeline', 'status.id')) AS added \gset
INSERT INTO lead_statuses VALUES (8, 13, 'new', 'OTHER');
SELECT is(test_file('new', 13), 'new,OTHER,3 ', 'several rows with one label export the right leads');
SELECT is(test_error($$SELECT export_leads_csv(13, 'new', '{pipeline}')$$),
          '55000: status "new" is in table "public.lead_statuses" more than once, with different columns',
          'an export is refused where an own column reads one of several rows of a status');
ROLLBACK TO only_key;

-- Statuses that tell no case apart, of leads that do.
SELECT count(*) AS steps FROM export_leads_setup(lead_status => 'status', status_key => '') \gset
ALTER TABLE lead_statuses ALTER name TYPE citext;
UPDATE lead_statuses SET name = 'Won' WHERE id = 2;
INSERT INTO leads VALUES (8, 7, 'Exact', 'Won');
SELECT is(concat_ws('|', test_file('won'), test_file('Won')), 'won,נסגר,2 |Won,נסגר,8 ',
          'where statuses ignore case and leads do not, the exact name is the lead''s');
ROLLBACK TO only_key;

-- Names that are none of ours.
UPDATE lead_statuses SET name = 'בטיפול' WHERE id = 1;
UPDATE leads SET status = 'בטיפול' WHERE id = 1;
SELECT matches(test_detail($$SELECT * FROM export_leads_setup(status_name => 'id',
                                                              status_label => 'name', status_key => '')$$),
               '^no error', 'set-up accepts ids as the names of statuses when it is told');
SELECT count(*) AS steps FROM export_leads_teardown() \gset
SELECT is(test_error($$SELECT * FROM export_leads_setup(lead_status => 'status', status_name => 'id',
                                                        status_label => 'name')$$),
          '42804: column "status" of table "public.leads" does not hold what column "id" '
          'of table "public.lead_statuses" does',
          'set-up refuses ids as the names of statuses where leads hold other names');
SELECT count(*) AS steps
FROM export_leads_setup(lead_status => 'status', status_name => 'id', status_label => 'name',
                        status_key => 'name') \gset
SELECT is(test_file('1'), '1,בטיפול,1 ', 'statuses can be exported by their key whatever they are called');
ROLLBACK TO only_key;

-- What leads say of their statuses.
SELECT count(*) AS steps FROM export_leads_setup(lead_status => 'status', status_key => '') \gset
ALTER TABLE leads DROP CONSTRAINT leads_status_id_fkey;
ALTER TABLE lead_statuses ALTER id TYPE text USING 'K' || id;
UPDATE leads SET status = 'K' || status_id;
SELECT results_eq($$SELECT name, remediation FROM export_leads_check() WHERE name LIKE 'status%'$$,
                  $$VALUES ('status_names', 'SELECT * FROM public.export_leads_setup(status_key => ''id'');')$$,
                  'export_leads_check() warns where leads hold keys as text');
ROLLBACK TO only_key;
SELECT count(*) AS steps FROM export_leads_setup(lead_status => 'status_id', status_key => 'id') \gset
UPDATE lead_statuses SET tenant_id = NULL WHERE id = 1;
SELECT results_eq($$SELECT name, level FROM export_leads_check() WHERE name LIKE 'status%'$$,
                  $$VALUES ('status_foreign', 'warning')$$,
                  'export_leads_check() warns where leads hold keys of statuses without a tenant');
SELECT count(*) AS steps FROM export_leads_setup(status_defaults => true) \gset
INSERT INTO lead_statuses VALUES (11, 7, 'new', 'own');
SELECT is(test_error('SELECT test_file(''new'')'),
          '55000: status "new" is in table "public.lead_statuses" more than once, with different keys',
          'an export is refused where a tenant''s own status and everybody''s have two keys');
ROLLBACK TO only_key;

-- Statuses of all tenants.
UPDATE lead_statuses SET tenant_id = NULL WHERE tenant_id = 7;
INSERT INTO lead_statuses VALUES (4, 13, 'won', 'SECRET'), (5, NULL, 'lost', NULL);
SELECT count(*) AS steps FROM export_leads_setup(lead_status => 'status') \gset
SELECT is(test_file('new'), 'new,new,1 ', 'a status without a tenant is nobody''s unless set-up is told otherwise');
SELECT count(*) AS steps FROM export_leads_setup(status_defaults => true) \gset
SELECT is(concat_ws('|', test_file('new'), test_file('won'), test_file('new', 13), test_file('New', 99)),
          'new,חדש,1 |won,נסגר,2 |new,OTHER,3 |',
          'with status_defaults a status without a tenant is everybody''s, and a tenant''s own comes first');
SELECT ok(export_leads_xlsx(99, 'won') IS NOT NULL, 'with status_defaults a tenant without statuses can export');
SELECT count(*) AS steps FROM export_leads_add_column('label', 'status.label') \gset
SELECT is(concat_ws('|', export_leads_csv(7, 'won', '{label}'), export_leads_csv(13, 'new', '{label}')),
          U&'\FEFF' || E'label\r\nנסגר\r\n|' || U&'\FEFF' || E'label\r\nOTHER\r\n',
          'with status_defaults an own column reads the row that the label is from');
SELECT is_empty($$SELECT * FROM export_leads_check() WHERE level = 'error'$$,
                'export_leads_check() finds no error with status_defaults');
SELECT count(*) AS steps FROM export_leads_setup(status_defaults => false) \gset
SELECT is(test_file('new'), 'new,new,1 ', 'status_defaults can be taken back');
SELECT count(*) AS steps FROM export_leads_teardown() \gset
ALTER TABLE lead_statuses DROP tenant_id;
UPDATE leads SET status_id = 1;
DELETE FROM lead_statuses WHERE id > 2;
SELECT matches(test_detail('SELECT * FROM export_leads_setup(lead_status => ''status'')'),
               'Where all tenants have the same statuses, say so: status_tenant => ''''\..*lead_status => ''status''',
               'set-up does not guess that statuses without a tenant column are everybody''s');
SELECT count(*) AS steps FROM export_leads_setup(lead_status => 'status', status_tenant => '') \gset
SELECT is(concat_ws('|', test_file('new'), test_file('won'), test_file('new', 13)),
          'new,חדש,1 |won,נסגר,2 |new,חדש,3 ', 'statuses can be the same for all tenants');
SELECT is(export_leads_csv(7, 'won', '{label}'), U&'\FEFF' || E'label\r\nנסגר\r\n',
          'an own column reads statuses that are the same for all tenants');
SELECT is((SELECT string_agg(DISTINCT action, ' ' ORDER BY action) FROM export_leads_setup()),
          'found missing unchanged', 'a second set-up keeps statuses that are the same for all tenants');
SELECT is_empty($$SELECT * FROM export_leads_check() WHERE level = 'error'$$,
                'export_leads_check() finds no error about statuses that are the same for all tenants');
SELECT count(*) AS steps FROM export_leads_remove_column('label') \gset
SELECT count(*) AS steps FROM export_leads_teardown() \gset

-- No statuses at all.
DROP TABLE lead_statuses CASCADE;
SELECT matches(test_detail('SELECT * FROM export_leads_setup()'),
          'A site without a table of statuses says so: statuses => ''-''\.',
               'set-up asks for a table of statuses and says how to do without');
SELECT count(*) AS steps FROM export_leads_setup(statuses => '-') \gset
SELECT is(concat_ws('|', test_file('new'), test_file('WON'), test_file('none')), 'new,new,1 |won,won,2 |',
          'exports are right for a site without a table of statuses');
SELECT is(test_error($$SELECT export_leads_add_column('label', 'status.label')$$),
          '42P01: missing FROM-clause entry for table "status"',
          'an own column cannot read a status where there is no table of statuses');
SELECT is((SELECT string_agg(DISTINCT action, ' ' ORDER BY action) FROM export_leads_setup()),
          'found missing unchanged', 'a second set-up keeps that there is no table of statuses');
SELECT is_empty($$SELECT * FROM export_leads_check() WHERE level = 'error'$$,
                'export_leads_check() finds no error where there is no table of statuses');
SELECT count(*) AS steps FROM export_leads_teardown() \gset
SELECT is_empty($$SELECT FROM pg_policy$$, 'teardown leaves no policy where there was no table of statuses');

SELECT finish();
ROLLBACK;
