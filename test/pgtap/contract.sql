-- The interface that callers and DBAs rely on: signatures and their labels, who may do what right after CREATE
-- EXTENSION, which error stands for what, and what an export returns where there is nothing to export.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(104);

-- Default privileges that would open everything, set before CREATE EXTENSION.
CREATE ROLE web_backend NOLOGIN;
ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO PUBLIC, web_backend;
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC, web_backend;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON FUNCTIONS TO crm_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO crm_app;
CREATE EXTENSION export_leads;

CREATE VIEW test_function AS
    SELECT p.*
    FROM pg_proc AS p JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
    WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
      AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'export_leads');

SELECT is_empty($$
    SELECT p.oid::regprocedure, acl.grantee::regrole
    FROM test_function AS p, aclexplode(COALESCE(p.proacl, acldefault('f', p.proowner))) AS acl
    WHERE acl.grantee <> p.proowner AND NOT EXISTS (SELECT FROM pg_cast AS c WHERE c.castfunc = p.oid)$$,
    'no function but the casts to a bound is granted to anybody, whatever the default privileges are');
SELECT is_empty($$
    SELECT c.oid::regclass, acl.grantee::regrole
    FROM pg_class AS c JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid,
         aclexplode(COALESCE(c.relacl, acldefault('r', c.relowner))) AS acl
    WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND acl.grantee <> c.relowner
      AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'export_leads')$$,
    'no table is granted to anybody, whatever the default privileges are');
SELECT is_empty($$
    SELECT d.classid::regclass, d.objid
    FROM pg_depend AS d CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, 0) AS o
    WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
      AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'export_leads')
      AND o.type <> 'cast'
      AND COALESCE(o.name, o.identity) !~ '^(public\.)?_?export_leads'$$,
    'the name of every object begins with export_leads or _export_leads');
SELECT is_empty('SELECT proname FROM test_function WHERE proleakproof', 'no function is leakproof');
SELECT is_empty($$
    SELECT proname
    FROM test_function AS f JOIN pg_proc AS p USING (proname)
    WHERE f.proisstrict AND obj_description(p.oid, 'pg_proc') !~ '^Internal: '$$,
    'no public function is strict, and so returns NULL for an argument that is NULL');
SELECT is_empty('SELECT proname FROM test_function WHERE prosecdef', 'no function is SECURITY DEFINER');
SELECT is_empty($$
    SELECT proname
    FROM test_function
    WHERE prolang <> (SELECT oid FROM pg_language WHERE lanname = 'c')
      AND NOT proconfig @> ARRAY['search_path=pg_catalog, pg_temp']$$,
    'every function in SQL or PL/pgSQL has the search_path pg_catalog, pg_temp');
SELECT is_empty($$SELECT p.proname FROM test_function AS p WHERE obj_description(p.oid, 'pg_proc') IS NULL$$,
                'every function has a comment');

SELECT results_eq(
    $$SELECT replace(oid::regprocedure::text, 'export_leads_time_bound,export_leads_time_bound', 'range'),
             prorettype::regtype::text, provolatile, proparallel
      FROM test_function
      WHERE proname IN ('export_leads_csv', 'export_leads_csv_stream', 'export_leads_xlsx', 'export_leads_file',
                        'export_leads_count', 'export_leads_explain', 'export_leads_filename', 'export_leads_tenant',
                        'export_leads_check', 'export_leads_teardown', 'export_leads_version', 'export_leads_allow',
                        'export_leads_forbid')
      ORDER BY 1$$,
    $$SELECT * FROM (VALUES
             ('export_leads_csv(bigint,text,text[],range)', 'text', 'v'::"char", 'u'::"char"),
             ('export_leads_csv(text,text,text[],range)', 'text', 'v', 'u'),
             ('export_leads_csv(uuid,text,text[],range)', 'text', 'v', 'u'),
             ('export_leads_csv_stream(bigint,text,text[],range)', 'text', 'v', 'u'),
             ('export_leads_csv_stream(text,text,text[],range)', 'text', 'v', 'u'),
             ('export_leads_csv_stream(uuid,text,text[],range)', 'text', 'v', 'u'),
             ('export_leads_count(bigint,text,range)', 'bigint', 'v', 'u'),
             ('export_leads_count(text,text,range)', 'bigint', 'v', 'u'),
             ('export_leads_count(uuid,text,range)', 'bigint', 'v', 'u'),
             ('export_leads_explain(bigint,text,boolean,text[],range)', 'text', 'v', 'u'),
             ('export_leads_explain(text,text,boolean,text[],range)', 'text', 'v', 'u'),
             ('export_leads_explain(uuid,text,boolean,text[],range)', 'text', 'v', 'u'),
             ('export_leads_file(bigint,text,text,text[],range)', 'record', 'v', 'u'),
             ('export_leads_file(text,text,text,text[],range)', 'record', 'v', 'u'),
             ('export_leads_file(uuid,text,text,text[],range)', 'record', 'v', 'u'),
             ('export_leads_xlsx(bigint,text,text[],range)', 'bytea', 'v', 'u'),
             ('export_leads_xlsx(text,text,text[],range)', 'bytea', 'v', 'u'),
             ('export_leads_xlsx(uuid,text,text[],range)', 'bytea', 'v', 'u'),
             ('export_leads_allow(regrole)', 'void', 'v', 'u'),
             ('export_leads_forbid(regrole)', 'void', 'v', 'u'),
             ('export_leads_check()', 'record', 'v', 'u'),
             ('export_leads_filename(text,text,date)', 'text', 'i', 's'),
             ('export_leads_teardown(boolean)', 'record', 'v', 'u'),
             ('export_leads_tenant()', 'text', 's', 'r'),
             ('export_leads_version()', 'text', 's', 's')) AS v ORDER BY 1$$,
    'the public functions have the promised signatures, volatility and parallel labels');
SELECT is((SELECT proargnames[1:3] || proargnames[cardinality(proargnames) - 4:]
           FROM test_function WHERE proname = 'export_leads_setup'),
          ARRAY['leads', 'statuses', 'calls', 'dry_run', 'action', 'object', 'detail', 'sql'],
          'the first and last arguments of export_leads_setup() and its columns have the promised names');
SELECT is((SELECT array_agg(DISTINCT proargnames::text) FROM test_function WHERE proname = 'export_leads_csv'),
          ARRAY['{tenant,status,columns,created_from,created_to}'],
          'the arguments of export_leads_csv() have the promised names');
SELECT is((SELECT array_agg(DISTINCT proargnames::text) FROM test_function WHERE proname = 'export_leads_count'),
          ARRAY['{tenant,status,created_from,created_to}'],
          'the arguments of export_leads_count() have the promised names');

SELECT is(export_leads_version(), (SELECT extversion FROM pg_extension WHERE extname = 'export_leads'),
          'the library and the extension in the database have the same version');

-- Before set-up.
SELECT is(test_error($$SELECT export_leads_csv('7', 'new')$$),
          '55000: export_leads is not set up in this database ("SELECT * FROM public.export_leads_check()" shows what '
          'is wrong and how to mend it.)',
          'an export is refused before set-up');
SELECT results_eq('SELECT name, level, remediation FROM export_leads_check()',
                  $$VALUES ('not_set_up', 'error', 'SELECT * FROM public.export_leads_setup();')$$,
                  'export_leads_check() reports before set-up that it is missing');
SELECT is((SELECT string_agg(action, ',') FROM export_leads_teardown(true)), 'unchanged',
          'teardown has nothing to undo before set-up');
-- A role may export, or export_leads_check() would report that none may.
SELECT count(export_leads_allow('crm_app')) AS allowed \gset
SELECT test_mend() AS mended \gset
SELECT is(export_leads_csv('7', 'new'), test_expected_csv('7', 'new'),
          'the remediation of a missing set-up brings the file');
SELECT is_empty($$SELECT grantee FROM information_schema.routine_privileges
                  WHERE routine_name = 'export_leads_tenant' AND grantee NOT IN (current_user, 'export_leads_reader')$$,
                'set-up grants export_leads_tenant() to the reader only');

-- The three overloads.
SELECT test_expected_csv('7', 'new') AS expected \gset
SELECT is(export_leads_csv(7, 'new'), :'expected', 'an integer literal is a tenant');
SELECT is(export_leads_csv(7::smallint, 'new'), :'expected', 'a smallint is a tenant');
SELECT is(export_leads_csv(7::bigint, 'new'), :'expected', 'a bigint is a tenant');
SELECT is(export_leads_csv('7', 'new'), :'expected', 'an untyped literal is a tenant');
SELECT is(export_leads_csv(' 7', 'new'), :'expected',
          'a literal that the type''s input function reads as 7 is tenant 7');
SELECT is(export_leads_csv('7'::text, 'new'::varchar), :'expected', 'a text is a tenant');
SELECT is(export_leads_csv(tenant => '7', status => 'new'), :'expected', 'tenant and status may be named arguments');
SELECT is(pg_typeof(export_leads_csv('7', 'new')), 'text'::regtype, 'export_leads_csv() returns a text');
PREPARE by_untyped_parameters AS SELECT export_leads_csv($1, $2);
SELECT is((SELECT parameter_types::text FROM pg_prepared_statements WHERE name = 'by_untyped_parameters'),
          '{text,text}', 'untyped parameters of export_leads_csv() are texts');

-- The errors of the arguments.
SELECT is(test_error(format('SELECT export_leads_csv(%s)', arguments)), error,
          format('export_leads_csv(%s) is refused', left(arguments, 40)))
FROM (VALUES
    ($$NULL, 'new'$$,
     '22004: tenant must not be null (Choose a business first: an export is always of one tenant.)'),
    ($$NULL::bigint, 'new'$$,
     '22004: tenant must not be null (Choose a business first: an export is always of one tenant.)'),
    ($$NULL::uuid, 'new'$$,
     '22004: tenant must not be null (Choose a business first: an export is always of one tenant.)'),
    ($$'7', NULL$$, '22004: status must not be null'),
    ($$NULL, NULL$$, '22004: status must not be null'),
    ($$'7', ''$$, '22023: status must not be empty'),
    ($$'7', repeat('a', 65)$$, '22023: status must not be longer than 64 characters'),
    ($$'7', repeat('a', 1000000)$$, '22023: status must not be longer than 64 characters'),
    ($$'', 'new'$$, '22P02: invalid input syntax for type integer: ""'),
    ($$'x', 'new'$$, '22P02: invalid input syntax for type integer: "x"'),
    ($$'7.0', 'new'$$, '22P02: invalid input syntax for type integer: "7.0"'),
    ($$'7 OR 1=1', 'new'$$, '22P02: invalid input syntax for type integer: "7 OR 1=1"'),
    ($$2147483648, 'new'$$, '22003: value "2147483648" is out of range for type integer'),
    ($$'2147483648', 'new'$$, '22003: value "2147483648" is out of range for type integer'),
    ($$'00000000-0000-0000-0000-000000000007'::uuid, 'new'$$,
     '22P02: invalid input syntax for type integer: "00000000-0000-0000-0000-000000000007"'),
    ($$'NaN', 'new'$$, '22P02: invalid input syntax for type integer: "NaN"')) AS v (arguments, error);
SELECT is(test_error(format('SELECT export_leads_csv(%L, %L)', '7', status)),
          '22023: status must hold letters a-z, digits, "_" and "-" only '
          '(Give the status by its name, not by its label. Where the names of a site''s statuses are not of this '
          'form, exports can go by their id instead, where status_key names what leads hold: SELECT * FROM '
          'public.export_leads_setup(status_name => ''id'', status_label => ''name'', status_key => ''...'');)',
          format('the status %s is refused', to_json(status)))
FROM unnest(ARRAY['new ', ' new', 'new''', 'new"', 'a b', 'new;', 'חדש', E'new\n', E'\n', 'new%', 'ＮＥＷ', '*',
                  'new' || chr(127), $$'; DROP TABLE leads; --$$, 'new' || chr(160)]) AS status;

SELECT is(test_error($$SELECT export_leads_csv(7.0, 'new')$$),
          '42883: function export_leads_csv(numeric, unknown) does not exist '
          '(No function matches the given name and argument types. You might need to add explicit type casts.)',
          'a numeric is not accepted as a tenant');

-- Nothing to export: the header alone, which does not tell whether the tenant or the status exists.
SELECT test_expected_csv('99', 'none') AS header \gset
SELECT is(export_leads_csv(tenant, status), :'header',
          format('the file is the header alone for tenant %s and status %s, without leads', tenant, left(status, 20)))
FROM (VALUES ('99', 'new'), ('-1', 'new'), ('0', 'new'), ('7', 'none'), ('7', 'NONE'), ('7', repeat('a', 64)),
             ('7', 'Mixed'), ('7', '-'), ('7', '_'), ('2147483647', 'new'), ('-2147483648', 'new')
     ) AS v (tenant, status);
SELECT is(octet_length(:'header'), 110, 'the header is a byte order mark, eleven names and CR LF: 110 bytes');
SELECT is(left(:'header', 1), chr(65279), 'the byte order mark is the first character of the file');

-- Which status is meant.
SELECT is(export_leads_csv('7', status), test_expected_csv('7', wanted),
          format('asking for the status %s exports the status %s', status, wanted))
FROM (VALUES ('new', 'new'), ('NEW', 'new'), ('New', 'new'), ('vip', 'vip'), ('VIP', 'VIP'), ('Vip', 'vip'),
             ('closed', 'closed'), ('hidden', 'hidden'), ('HIDDEN', 'hidden')) AS v (status, wanted);
SELECT matches(export_leads_csv('7', 'VIP'), E'\r\nVIP,VIP,11,', 'a status that exists exactly as written is exported');
SELECT matches(export_leads_csv('7', 'Vip'), E'\r\nvip,"לקוח ""זהב"", וי",12,',
               'a status that does not exist as written is looked for in lower case');
SELECT matches(export_leads_csv('7', 'hidden'), E'\r\nhidden,hidden,13,',
               'a status that only another tenant has is labelled by its name');
SELECT matches(export_leads_csv('7', 'closed'), E'\r\nclosed,closed,14,',
               'a status without a label is labelled by its name');

-- EXPLAIN does not run an export.
SELECT lives_ok($$EXPLAIN SELECT export_leads_csv('7', '')$$,
                'EXPLAIN of an export in the list of SELECT does not run it');
SELECT lives_ok($$EXPLAIN VERBOSE SELECT * FROM export_leads_csv('7', '')$$,
                'EXPLAIN of an export in FROM does not run it');
SELECT throws_ok($$EXPLAIN ANALYZE SELECT export_leads_csv('7', '')$$, '22023', NULL,
                 'EXPLAIN ANALYZE of an export runs it');

-- The file name.
SELECT is(export_leads_filename('new', 'csv', '2025-12-23'), 'outbound_leads_status_new_2025-12-23.csv',
          'a file name is made of the status, the date and the format');
SELECT is(export_leads_filename('new'), 'outbound_leads_status_new_' || to_char(current_date, 'YYYY-MM-DD') || '.csv',
          'a file name without a format and a date is of a CSV file of today');
SELECT is(export_leads_filename($$../e"vil$$ || chr(10) || $$;'חדש_-Z9$$, 'csv', '0001-01-01'),
          'outbound_leads_status_evil_-Z9_0001-01-01.csv',
          'only letters, digits, "_" and "-" of a hostile status are in the file name');
SELECT is(export_leads_filename('', 'csv', '9999-12-31'), 'outbound_leads_status__9999-12-31.csv',
          'an empty status is nothing in the file name');
SELECT is(test_error(format('SELECT export_leads_filename(%s)', arguments)), error,
          format('export_leads_filename(%s) is refused', arguments))
FROM (VALUES ('NULL', '22004: status must not be null'),
             ($$'new', NULL$$, '22004: format must not be null'),
             ($$'new', 'csv', NULL$$, '22004: on_date must not be null'),
             ($$'new', 'CSV'$$, '22023: unknown export format (The formats are: csv, xlsx.)'),
             ($$'new', '../csv'$$, '22023: unknown export format (The formats are: csv, xlsx.)'),
             ($$'new', 'csv', 'infinity'$$, '22008: date out of range for a file name'),
             ($$'new', 'csv', '0001-01-01 BC'$$, '22008: date out of range for a file name')) AS v (arguments, error);

-- The formula guard.
SELECT is(current_setting('export_leads.formula_guard'), 'on', 'the formula guard is on by default');
SELECT is(test_error('SET export_leads.formula_guard = maybe'),
          '22023: invalid value for parameter "export_leads.formula_guard": "maybe" (Available values: on, off, '
          'strict.)',
          'the formula guard is on, off or strict and nothing else');
SELECT isnt(export_leads_csv('7', 'new'), test_expected_csv('7', 'new', false),
            'the formula guard changes some cells when it is on');
SET export_leads.formula_guard = false;
SELECT is(export_leads_csv('7', 'new'), test_expected_csv('7', 'new', false),
          'the file is as Python''s csv.writer writes it when the formula guard is off');
SELECT matches(test_error($$SET export_leads.no_such_setting = 1$$), '^42602: invalid configuration parameter name',
               'an unknown setting with the prefix export_leads is refused');

SELECT finish();
ROLLBACK;
