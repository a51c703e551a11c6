-- Set-up and exports refuse three tables whose tenants do not compare alike: a uuid in one table and upper-case text in
-- another would be two tenants, and files would silently miss calls or labels.

BEGIN;
SELECT plan(35);
\i test/fixtures/application.sql
CREATE EXTENSION export_leads;
DROP VIEW test_leads, test_statuses, test_calls;

-- Set-up with tenant columns of these types.
CREATE FUNCTION test_types(leads text, statuses text, calls text, arguments text DEFAULT '') RETURNS text
    LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE leads ALTER tenant_id TYPE %s USING NULL', leads);
    EXECUTE format('ALTER TABLE lead_statuses ALTER business_id DROP NOT NULL, ALTER business_id TYPE %s USING NULL',
        statuses);
    EXECUTE format('ALTER TABLE call_log ALTER business_id DROP NOT NULL, ALTER business_id TYPE %s USING NULL', calls);
    PERFORM count(*) FROM export_leads_setup(notes => 'notes', dry_run => true);
    RETURN 'taken';
EXCEPTION WHEN datatype_mismatch THEN
    RETURN 'refused';
END;
$$;
ALTER TABLE lead_statuses DROP CONSTRAINT IF EXISTS lead_statuses_pkey CASCADE;
ALTER TABLE leads ALTER tenant_id DROP NOT NULL;
CREATE DOMAIN number AS smallint;
CREATE DOMAIN word AS varchar(40);

SELECT is(test_types(l, s, c), 'taken', format('set-up accepts tenants of types %s, %s and %s', l, s, c))
FROM (VALUES ('int', 'int', 'int'), ('bigint', 'int', 'smallint'), ('smallint', 'bigint', 'number'), ('uuid', 'uuid',
    'uuid'), ('text', 'varchar', 'word'),
             ('varchar(8)', 'text COLLATE "C"', 'text COLLATE "POSIX"')) AS v (l, s, c);
SELECT is(test_types(l, s, c), 'refused', format('set-up refuses tenants of types %s, %s and %s', l, s, c))
FROM unnest(ARRAY['int', 'uuid', 'text']) AS l, unnest(ARRAY['bigint', 'uuid', 'varchar']) AS s,
    unnest(ARRAY['smallint', 'uuid', 'word']) AS c
WHERE NOT (l, s, c) IN (('int', 'bigint', 'smallint'), ('uuid', 'uuid', 'uuid'), ('text', 'varchar', 'word'));

SELECT is(test_types('int', 'int', 'int'), 'taken', 'set-up accepts three integers after it refused other types');
ALTER TABLE call_log ALTER business_id TYPE text, ADD business_number int;
SELECT is(test_error($$SELECT * FROM export_leads_setup(notes => 'notes', right_to_left => false)$$),
          '42804: the tenants of table "public.call_log" are not of the type that those of table "public.leads" are '
          '(Make them one type, or name another column: '
          'SELECT * FROM public.export_leads_setup(call_tenant => ''...'', '
          'notes => ''notes'', right_to_left => false);)',
          'set-up names both tables, and keeps what it was given in the hint');
SELECT is(test_error($$SELECT * FROM export_leads_setup(
                           notes => 'notes', right_to_left => 'false', call_tenant => 'business_number')$$),
          'no error', 'the call in the hint succeeds');
UPDATE export_leads_configuration SET call_tenant = 'business_id';
SELECT is(test_error($$SELECT export_leads_csv(7, 'new')$$),
          '55000: the tenants of table "public.call_log" are not of the type that those of table "public.leads" are '
          '("SELECT * FROM public.export_leads_check()" shows what is wrong and how to mend it.)',
              'an export refuses what an earlier version has set up');
SELECT is((SELECT level || ' ' || object || ' ' || remediation FROM export_leads_check() WHERE name = 'tenant_types'),
          'error public.call_log SELECT * FROM public.export_leads_setup(call_tenant => ''...'');',
              'export_leads_check() finds tenant types that do not compare alike');
SELECT finish();
ROLLBACK;
