-- With tenants of every type that can tell tenants apart, a file holds the leads of its own tenant only, through each
-- overload that can name it.

BEGIN;
SELECT plan(87);
CREATE EXTENSION export_leads;
\set tenant_type text
\set our_tenant 'acme'
\set their_tenant 'rival'
\i test/fixtures/documented.sql
-- An application may export, or the check would say that none does.
SELECT count(export_leads_allow('crm_app')) AS allowed \gset

-- Makes all three tables' tenants of a type, ours and theirs being these, sets up, and compares.
CREATE FUNCTION test_tenants(type text, ours text, theirs text)
RETURNS SETOF text
LANGUAGE plpgsql
AS $$
DECLARE
    site_table text;
BEGIN
    PERFORM count(*) FROM export_leads_teardown();
    DROP VIEW test_leads, test_statuses, test_calls;
    FOREACH site_table IN ARRAY ARRAY['leads', 'lead_statuses', 'call_logs'] LOOP
        EXECUTE format('ALTER TABLE %I ALTER tenant_id TYPE %s '
                       'USING CASE mine WHEN true THEN %L WHEN false THEN %L END::%s',
                       site_table, type, ours, theirs, type);
    END LOOP;
    CREATE VIEW test_leads AS
        SELECT tenant_id::text AS tenant, id, status, first_name, last_name, NULL::text AS name, phone, email, source,
               notes, created_at
        FROM leads;
    CREATE VIEW test_statuses AS SELECT tenant_id::text AS tenant, name, label FROM lead_statuses;
    CREATE VIEW test_calls AS SELECT tenant_id::text AS tenant, id, lead_id, call_status AS status, created_at
        FROM call_logs;

    RETURN NEXT is_empty($sql$SELECT * FROM export_leads_setup() WHERE action NOT IN ('found', 'done')$sql$,
                         type || ': set-up finds everything and leaves nothing to mend');
    RETURN NEXT is(export_leads_csv(ours, 'new'),
                   test_expected_csv((SELECT tenant_id::text FROM leads WHERE mine LIMIT 1), 'new'),
                   type || ': the file of our tenant is right');
    RETURN NEXT matches(export_leads_csv(ours, 'new'), E'Dana Levi.*Roni.*ללא שם',
                        type || ': the file of our tenant holds all our leads');
    RETURN NEXT unalike(export_leads_csv(ours, 'new'), '%SECRET13%',
                        type || ': the file of our tenant holds none of their leads');
    RETURN NEXT matches(export_leads_csv(theirs, 'new'), 'SECRET13',
                        type || ': the file of their tenant holds their leads');
    RETURN NEXT is_empty('SELECT * FROM export_leads_check()', type || ': export_leads_check() has no findings');
    RETURN NEXT results_eq($sql$SELECT action FROM export_leads_setup() WHERE action <> 'found'$sql$,
                           ARRAY['unchanged'], type || ': a second set-up changes nothing');
END;
$$;
ALTER TABLE leads ADD mine boolean;
ALTER TABLE lead_statuses ADD mine boolean;
ALTER TABLE call_logs ADD mine boolean;
UPDATE leads SET mine = tenant_id = :'our_tenant';
UPDATE lead_statuses SET mine = tenant_id = :'our_tenant';
UPDATE call_logs SET mine = tenant_id = :'our_tenant';
CREATE DOMAIN tenant_number AS bigint CHECK (VALUE > 0);
CREATE DOMAIN small_tenant_number AS tenant_number CHECK (VALUE < 100);
CREATE DOMAIN tenant_word AS varchar(20) NOT NULL;

SELECT test_tenants(type, ours, theirs)
FROM (VALUES ('smallint', '7', '13'),
             ('integer', '-7', '13'),
             ('bigint', '9223372036854775807', '-9223372036854775808'),
             ('small_tenant_number', '7', '13'),
             ('varchar(8)', '7', '7 '),
             ('text', 'Acme', 'acme'),
             ('text', '', ' '),
             ('text', $$'; DROP TABLE leads; --$$, '%'),
             ('uuid', '00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-00000000000d'))
     AS v (type, ours, theirs);

-- By whatever overload and spelling.
SELECT test_expected_csv('00000000-0000-4000-8000-00000000000a', 'new') AS expected \gset
SELECT is(export_leads_csv('00000000-0000-4000-8000-00000000000a'::uuid, 'new'), :'expected',
          'a uuid is exported by the overload for uuid');
SELECT is(export_leads_csv('{0000000000004000800000000000000A}', 'new'), :'expected',
          'a uuid is exported in another spelling');
SELECT is(test_error($$SELECT export_leads_csv(7, 'new')$$), '22P02: invalid input syntax for type uuid: "7"',
          'a number is refused where tenants are uuids');
SELECT test_tenants('text', '7', '13');
SELECT is(export_leads_csv(7, 'new'), test_expected_csv('7', 'new'), 'a number may name a text tenant');
SELECT is(export_leads_csv('07', 'new'), test_expected_csv('nobody', 'new'),
          'a text tenant is not found by another spelling of its number');
SELECT is(export_leads_csv(E'7\n', 'new'), test_expected_csv('nobody', 'new'),
          'a text tenant is not found with a line end behind it');
SELECT is(export_leads_csv(repeat('7', 1000000), 'new'), test_expected_csv('nobody', 'new'),
          'a tenant of 1 MB has no leads');
SELECT is(export_leads_csv('%', 'new'), test_expected_csv('nobody', 'new'), 'a pattern has no leads');

-- Three types in one site.
SELECT test_tenants('bigint', '7', '13');
SELECT count(*) AS steps FROM export_leads_teardown() \gset
DROP VIEW test_statuses, test_calls;
ALTER TABLE lead_statuses ALTER tenant_id TYPE int USING tenant_id::int;
ALTER TABLE call_logs ALTER tenant_id TYPE smallint USING tenant_id::smallint;
CREATE VIEW test_statuses AS SELECT tenant_id::text AS tenant, name, label FROM lead_statuses;
CREATE VIEW test_calls AS SELECT tenant_id::text AS tenant, id, lead_id, call_status AS status, created_at
    FROM call_logs;
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT is(export_leads_csv('7', 'new'), test_expected_csv('7', 'new'),
          'a tenant is the same in columns of bigint, integer and smallint');
SELECT is(test_error($$SELECT export_leads_csv(70000, 'new')$$),
          '22003: value "70000" is out of range for type smallint',
          'a tenant that one of the tables cannot hold is an error');

SELECT finish();
ROLLBACK;
