-- What a released version offered is still there: each function and procedure without a leading underscore, with the
-- same arguments and results in the same places, and each setting. A later version may add some, also at the end. With
-- INTERFACE=FILE, one that everybody may write to, it gets what a release keeps as test/fixtures/interface-VERSION.csv.
BEGIN;
SELECT plan(2);
CREATE EXTENSION export_leads;
LOAD 'export_leads';

CREATE TEMPORARY TABLE interface (name text, kind text, place int, text text);
CREATE TEMPORARY TABLE released (LIKE interface);
-- Overloads differ in the type of their first argument, the tenant.
INSERT INTO interface
SELECT concat(p.proname, '(', (p.proargtypes::oid[])[0]::regtype, ')'), part.kind, item.place, item.text
FROM pg_depend AS d
JOIN pg_proc AS p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND e.oid = d.refobjid AND e.extname = 'export_leads',
LATERAL (VALUES ('argument', pg_get_function_arguments(p.oid)),
                ('result', coalesce(trim(')' FROM replace(pg_get_function_result(p.oid), 'TABLE(', 'TABLE, ')), 'none'))
        ) AS part (kind, items),
LATERAL string_to_table(part.items, ', ') WITH ORDINALITY AS item (text, place)
WHERE d.deptype = 'e' AND p.proname NOT LIKE '\_%'
UNION ALL
SELECT name, 'setting', 1, concat_ws(', ', context, array_to_string(enumvals, '|'), boot_val)
FROM pg_settings
WHERE name LIKE 'export\_leads.%';

CREATE TEMPORARY VIEW sorted AS SELECT * FROM interface ORDER BY name COLLATE "C", kind, place;
\copy (SELECT * FROM sorted) TO PROGRAM 'cat >"${INTERFACE:-/dev/null}"' (FORMAT csv)
\copy released FROM PROGRAM 'cat test/fixtures/interface-*.csv' (FORMAT csv)
SELECT cmp_ok(count(*), '>', 500::bigint, 'released versions had an interface') FROM released;
SELECT is_empty('SELECT * FROM released EXCEPT SELECT * FROM interface', 'what they offered is there');

SELECT finish();
ROLLBACK;
