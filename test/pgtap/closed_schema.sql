-- A role that is no superuser cannot get its functions called by a superuser who installs the extension, sets it up,
-- checks it or takes it down: not by creating in its schema, by what was left there, by the schema's former name, nor
-- by owning or adding to what the extension made. Exports, which call nothing by name, go on.

BEGIN;
SET client_min_messages = warning;
\i test/fixtures/application.sql
CREATE ROLE crm LOGIN;
CREATE ROLE lent;
CREATE ROLE deputy SUPERUSER;
CREATE ROLE assistant IN ROLE deputy;
CREATE FUNCTION site_trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN ALTER ROLE crm SUPERUSER; RETURN NEW; END';
ALTER FUNCTION site_trigger() OWNER TO crm;

-- Runs CREATE EXTENSION in a schema `home` that is closed but for what `opening` does. All of it is undone.
CREATE FUNCTION test_create(opening text, OUT answer text) LANGUAGE plpgsql AS $$
BEGIN
    CREATE SCHEMA home;
    EXECUTE opening;
    answer := test_error('CREATE EXTENSION export_leads SCHEMA home');
    RAISE EXCEPTION USING ERRCODE = 'P0100';
EXCEPTION WHEN SQLSTATE 'P0100' THEN
    RETURN;
END;
$$;
CREATE TEMP TABLE creations (opening text, problem text);
INSERT INTO creations VALUES
    ('SELECT 1', NULL),
    ('GRANT CREATE ON SCHEMA home TO deputy, assistant', NULL),
    ('ALTER SCHEMA home OWNER TO assistant', NULL),
    ('ALTER SCHEMA home OWNER TO pg_database_owner', NULL),
    ('GRANT CREATE ON SCHEMA home TO pg_database_owner', NULL),
    ('CREATE FUNCTION home.site() RETURNS int LANGUAGE sql RETURN 1', NULL),
    ('GRANT CREATE ON SCHEMA home TO crm',
         'crm has CREATE on schema home, and so could make superusers call functions'),
    ('GRANT CREATE ON SCHEMA home TO PUBLIC',
         'PUBLIC has CREATE on schema home, and so could make superusers call functions'),
    ('ALTER SCHEMA home OWNER TO crm',
         'schema home belongs to crm, and functions could be created in it that superusers would call'),
    ('ALTER SCHEMA home OWNER TO crm; REVOKE ALL ON SCHEMA home FROM crm',
     'schema home belongs to crm, and functions could be created in it that superusers would call'),
    (format('ALTER SCHEMA home OWNER TO pg_database_owner; ALTER DATABASE %I OWNER TO crm', current_database()),
     'schema home belongs to crm (who owns the database), and functions could be created in it that superusers would '
     'call'),
    (format('GRANT CREATE ON SCHEMA home TO pg_database_owner; ALTER DATABASE %I OWNER TO crm', current_database()),
     'crm (who owns the database) has CREATE on schema home, and so could make superusers call functions'),
    ('CREATE FUNCTION home._export_leads_views_of(oid) RETURNS SETOF oid LANGUAGE sql AS ''SELECT 0::oid'';
      ALTER FUNCTION home._export_leads_views_of(oid) OWNER TO crm',
     'function home._export_leads_views_of(oid) is named like one of export_leads'' own, but is not one of them'),
    ('CREATE PROCEDURE home._export_leads_setup() LANGUAGE sql AS ''SELECT 1'';
      ALTER PROCEDURE home._export_leads_setup() OWNER TO crm',
     'function home._export_leads_setup() is named like one of export_leads'' own, but is not one of them');

-- What export_leads_check(), the other functions and an export say where something is open; what export_leads_check()
-- says when its remediations have run as they are printed; and whether crm has become a superuser meanwhile.
CREATE FUNCTION test_open(opening text, OUT says text, OUT refused text, OUT exported text, OUT remaining text,
    OUT is_superuser boolean)
LANGUAGE plpgsql AS $$
DECLARE
    remediations text[];
    remediation text;
BEGIN
    EXECUTE opening;
    SELECT string_agg(concat_ws(' ', c.name, c.level, c.object), ', '), array_agg(c.remediation)
    INTO says, remediations
    FROM test_check() AS c;
    SELECT string_agg(DISTINCT left(test_error(format('SELECT * FROM %s.%s', test_home(), call)), 5), ', ') INTO refused
    FROM unnest(ARRAY['export_leads_setup()', 'export_leads_setup(dry_run => true)', 'export_leads_teardown(true)',
                      'export_leads_teardown()', 'export_leads_add_column(''x'', ''lead.id'')',
                      'export_leads_remove_column(''x'')', 'export_leads_set_header(''phone'', NULL)',
                      'export_leads_grant(''crm'', 7)', 'export_leads_grant(''crm'', text ''7'')',
                      'export_leads_revoke(''crm'', 7)',
                      'export_leads_revoke(''crm'', ''00000000-0000-0000-0000-000000000000''::uuid)']) AS call;
    exported := left(test_error(format('SELECT %s.export_leads_csv(7, ''new'')', test_home())), 200);
    FOREACH remediation IN ARRAY COALESCE(remediations, '{}') LOOP
        EXECUTE remediation;
    END LOOP;
    SELECT string_agg(concat_ws(' ', c.name, c.level, c.object), ', ') INTO remaining FROM test_check() AS c;
    is_superuser := (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = 'crm');
    RAISE EXCEPTION USING ERRCODE = 'P0100';
EXCEPTION WHEN SQLSTATE 'P0100' THEN
    RETURN;
END;
$$;
CREATE FUNCTION test_home() RETURNS text LANGUAGE sql AS
    'SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname = ''export_leads''';
CREATE FUNCTION test_check() RETURNS TABLE (name text, level text, object text, detail text, remediation text)
    LANGUAGE plpgsql AS
    'BEGIN RETURN QUERY EXECUTE format(''SELECT * FROM %s.export_leads_check()'', test_home()); END';

CREATE TEMP TABLE openings (says text, opening text);
INSERT INTO openings VALUES
    ('schema_open error schema "a%sb"', 'GRANT CREATE ON SCHEMA "a%sb" TO crm'),
    ('schema_open error schema "a%sb", function_foreign error function "a%sb"._export_leads_findings(text)',
     $$GRANT CREATE ON SCHEMA "a%sb" TO crm; SET ROLE crm;
       CREATE FUNCTION "a%sb"._export_leads_findings(text) RETURNS TABLE (name text, object text, detail text,
           remediation text, policy text)
       LANGUAGE plpgsql AS 'BEGIN ALTER ROLE crm SUPERUSER; RETURN; END'; RESET ROLE$$),
    ('function_foreign error function "a%sb"._export_leads_reader_columns(oid)',
     $$CREATE FUNCTION "a%sb"._export_leads_reader_columns(oid) RETURNS TABLE (column_name text)
       LANGUAGE plpgsql AS 'BEGIN ALTER ROLE crm SUPERUSER; RETURN; END';
       ALTER FUNCTION "a%sb"._export_leads_reader_columns(oid) OWNER TO crm$$),
    ('schema_open error schema "a%sb"', 'GRANT CREATE ON SCHEMA "a%sb" TO PUBLIC'),
    ('schema_open error schema "a%sb"', 'ALTER SCHEMA "a%sb" OWNER TO crm'),
    ('schema_open error schema "a%sb"', format('ALTER SCHEMA "a%%sb" OWNER TO pg_database_owner;
         ALTER DATABASE %I OWNER TO crm', current_database())),
    ('schema_open error schema "a%sb"',
     'GRANT CREATE ON SCHEMA "a%sb" TO deputy WITH GRANT OPTION; SET ROLE deputy; GRANT CREATE ON SCHEMA "a%sb" TO crm;
         RESET ROLE'),
    ('schema_renamed error schema ext2', 'ALTER SCHEMA "a%sb" RENAME TO ext2'),
    ('schema_renamed error schema ext2',
     $$ALTER SCHEMA "a%sb" RENAME TO ext2; CREATE SCHEMA "a%sb" AUTHORIZATION crm;
         CREATE TABLE "a%sb".export_leads_configuration (full_name_given bool);
       CREATE FUNCTION "a%sb".export_leads_version() RETURNS text LANGUAGE plpgsql AS
           'BEGIN ALTER ROLE crm SUPERUSER; RETURN NULL; END';
       CREATE FUNCTION "a%sb"._export_leads_check_schema() RETURNS TABLE (name text, level text, object text,
           detail text, remediation text)
       LANGUAGE plpgsql AS 'BEGIN ALTER ROLE crm SUPERUSER; RETURN; END'$$),
    ('table_open error table "a%sb".export_leads_grants', 'GRANT TRIGGER ON "a%sb".export_leads_grants TO crm'),
    ('table_open error trigger sly on table "a%sb".export_leads_grants',
     'CREATE TRIGGER sly BEFORE INSERT ON "a%sb".export_leads_grants
         FOR EACH ROW EXECUTE FUNCTION public.site_trigger()'),
    ('member_owned error crm', 'ALTER FUNCTION "a%sb".export_leads_check() OWNER TO crm;
         ALTER TABLE "a%sb".export_leads_columns OWNER TO crm'),
    ('member_owned error lent', 'ALTER TABLE "a%sb".export_leads_columns OWNER TO lent');

SELECT plan((SELECT count(*) FROM creations)::int + 5 * (SELECT count(*) FROM openings)::int + 4);

SELECT is(test_create(opening), format('55000: %s (Give it a schema of its own: CREATE SCHEMA export_leads; '
                                       'CREATE EXTENSION export_leads SCHEMA export_leads;)', problem),
          format('CREATE EXTENSION is refused after: %s', opening))
FROM creations WHERE problem IS NOT NULL;
SELECT is(test_create(opening), 'no error', format('CREATE EXTENSION runs after: %s', opening))
FROM creations WHERE problem IS NULL;

CREATE SCHEMA "a%sb";
CREATE EXTENSION export_leads SCHEMA "a%sb";
-- A role may export, or export_leads_check() would report that none may.
SELECT count("a%sb".export_leads_allow('crm_app')) AS allowed \gset
SELECT count(*) AS steps FROM "a%sb".export_leads_setup() \gset
SELECT is_empty('SELECT * FROM test_check()', 'export_leads_check() reports nothing in a closed schema');
SELECT is(d.says, o.says, format('export_leads_check() reports only what is open after: %s', line))
    || E'\n' || is(d.refused, '55000', format('every other function is refused after: %s', line))
    || E'\n' || is(d.exported, 'no error', format('exports go on after: %s', line))
    || E'\n' || is(d.remaining, NULL, format('no finding is left when the remediations have run after: %s', line))
    || E'\n' || is(d.is_superuser, false, format('crm has not become a superuser after: %s', line))
FROM openings AS o, LATERAL test_open(o.opening) AS d,
     substr(regexp_replace(o.opening, '\s+', ' ', 'g'), 1, 100) AS line;

-- The refusal names the remediation.
GRANT CREATE ON SCHEMA "a%sb" TO crm;
SELECT is(test_error('SELECT * FROM "a%sb".export_leads_setup()'),
          '55000: crm has CREATE on schema "a%sb", and so could make superusers call functions '
          '(Mend it first: REVOKE CREATE ON SCHEMA "a%sb" FROM crm CASCADE;)',
          'the hint of a refusal is the remediation');
REVOKE CREATE ON SCHEMA "a%sb" FROM crm;
CREATE FUNCTION "a%sb".of_the_site() RETURNS int LANGUAGE sql RETURN 1;
SELECT is_empty('SELECT * FROM test_check()',
                'export_leads_check() does not report a function of a superuser''s in the schema');
SELECT isnt_empty('SELECT * FROM "a%sb".export_leads_teardown()',
                  'teardown runs where the schema holds a function of a superuser''s');

SELECT finish();
ROLLBACK;
