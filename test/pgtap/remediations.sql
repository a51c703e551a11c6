-- Each remediation of export_leads_check(), run as it is printed by a superuser, mends what it is about and does
-- nothing else, whatever tables, columns, policies, functions, roles and schemas are called. (Those that build indexes
-- CONCURRENTLY are in check_indexes.sql; what they do to other roles is in remediations_for_others.sql.)

BEGIN;
SET client_min_messages = error;
\i test/fixtures/application.sql
CREATE ROLE victim;

-- What an identifier does to SQL that forgets to quote it, quotes it in the wrong way, or has it in a comment or
-- format.
CREATE TEMP TABLE names (place serial, name text);
INSERT INTO names (name) VALUES
    (E'x\nALTER ROLE victim SUPERUSER; --'), ('a%sb%1$s%L%'), ('a"; ALTER ROLE victim SUPERUSER; --'),
    (E'a\\''; ALTER ROLE victim SUPERUSER; --'), ('... $$ */ -- /* $$ ליד');

-- SQL for things that are called so: <x> is one's name as an identifier, <y.x> qualified, <<y.x>> the same as a
-- literal, <'x'> the bare name as a literal. The extension's own schema, <home>, has what CREATE EXTENSION takes of it.
CREATE FUNCTION test_named(sql text, name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    token text;
    identifier text;
BEGIN
    FOR token IN
        SELECT DISTINCT r[1] FROM regexp_matches(sql, '<<[a-z_.]+>>|<''[a-z_]+''>|<[a-z_.]+>', 'g') AS r
        ORDER BY r[1] -- "<<" is not to be taken for "<", which sorts before the letters
    LOOP
        SELECT string_agg(quote_ident(CASE part WHEN 'home' THEN regexp_replace(name, '["$''\\\n\r/*-]', '', 'g')
                                      ELSE name END || part), '.' ORDER BY place)
        INTO identifier
        FROM unnest(string_to_array(btrim(token, '<''>'), '.')) WITH ORDINALITY AS p (part, place);
        sql := replace(sql, token, CASE WHEN token LIKE '<<%' THEN quote_literal(identifier)
                                        WHEN token LIKE '<''%' THEN quote_literal(name || btrim(token, '<''>'))
                                        ELSE identifier END);
    END LOOP;
    RETURN sql;
END;
$$;

CREATE TEMP TABLE fixtures (place serial, sql text);
INSERT INTO fixtures (sql) VALUES
    ('CREATE SCHEMA <home>; CREATE EXTENSION export_leads SCHEMA <home>; CREATE SCHEMA <crm>'),
    ('CREATE ROLE <owner>; CREATE ROLE <role>; CREATE ROLE <other>'),
    ('GRANT USAGE ON SCHEMA <crm> TO <owner>; SELECT <home>.export_leads_allow(<<role>>)'),
    ('CREATE TABLE <crm.leads> (<id> int, <tenant> int, <status> text, <name> text, <note> text, <at> timestamp);
      CREATE TABLE <crm.statuses> (<tenant> int, <name> text, <label> text);
      CREATE TABLE <crm.calls> (<id> int, <tenant> int, <lead> int, <status> text, <at> timestamp);
      CREATE TABLE <crm.elsewhere> (<tenant> int)'),
    ('ALTER TABLE <crm.leads> OWNER TO <owner>; ALTER TABLE <crm.statuses> OWNER TO <owner>;
         ALTER TABLE <crm.calls> OWNER TO <owner>'),
    ('GRANT SELECT ON <crm.leads> TO <role>; GRANT SELECT (<id>) ON <crm.leads> TO <other>'),
    ('CREATE VIEW <crm.seen> AS SELECT <id> FROM <crm.leads>; ALTER VIEW <crm.seen> OWNER TO <role>'),
    ('CREATE FUNCTION <crm.secret>(int) RETURNS text LANGUAGE sql SECURITY DEFINER RETURN ''x'';
         GRANT USAGE ON SCHEMA <crm> TO export_leads_reader'),
    ('INSERT INTO <crm.leads> VALUES (1, 7, ''new'', ''n'', NULL, now());
         INSERT INTO <crm.statuses> VALUES (7, ''new'', ''l'');
      INSERT INTO <crm.calls> VALUES (1, 7, 1, ''c'', now())'),
    ('SELECT * FROM <home>.export_leads_setup(
          leads => <<crm.leads>>, statuses => <<crm.statuses>>, calls => <<crm.calls>>,
          lead_id => <''id''>, lead_tenant => <''tenant''>, lead_status => <''status''>, notes => <''note''>,
          full_name => ''lead.'' || <<name>>, lead_created_at => <''at''>, status_tenant => <''tenant''>,
          status_name => <''name''>, status_label => <''label''>, call_id => <''id''>, call_tenant => <''tenant''>,
          call_lead_id => <''lead''>, call_created_at => <''at''>, call_status => <''status''>)');
-- The reader is there before set-up, for what it is granted above.
CREATE ROLE export_leads_reader;

-- The name of the finding, how it comes about, and what stands for '...' where that is the DBA's to decide.
CREATE TEMP TABLE breakages (place serial, says text, sql text, decision text);
INSERT INTO breakages (says, sql, decision) VALUES
    ('not_a_table', 'UPDATE <home>.export_leads_configuration SET leads = <<crm.seen>>', '<<crm.leads>>'),
    ('tenant_type', 'UPDATE <home>.export_leads_configuration SET call_tenant = <''at''>', '<''tenant''>'),
    ('time_type', 'UPDATE <home>.export_leads_configuration SET call_created_at = <''lead''>', '<''at''>'),
    ('row_security_disabled', 'ALTER TABLE <crm.leads> DISABLE ROW LEVEL SECURITY', NULL),
    ('policy_missing', 'DROP POLICY export_leads_only_tenant ON <crm.calls>', NULL),
    ('policy_altered', 'ALTER POLICY export_leads_tenant_rows ON <crm.leads> USING (true)', NULL),
    ('restrictive_policy', 'CREATE POLICY <policy> ON <crm.leads> AS RESTRICTIVE USING (<note> IS DISTINCT
         FROM <''note''>)', NULL),
    ('accepted_policy_changed',
     'CREATE POLICY <policy> ON <crm.leads> AS RESTRICTIVE USING (<note> IS NULL);
         SELECT * FROM <home>.export_leads_setup(accepted_policies => ARRAY[<''policy''>]);
      ALTER POLICY <policy> ON <crm.leads> USING (<note> IS NOT NULL)', NULL),
    ('other_table',
     'UPDATE <home>.export_leads_configuration SET full_name = format(''(SELECT max(e.%s)::text
         FROM %s AS e)'', <<tenant>>, <<crm.elsewhere>>)', '<<name>>'),
    ('reader_missing', 'DROP OWNED BY export_leads_reader; DROP ROLE export_leads_reader', NULL),
    ('reader_member', 'GRANT <role> TO export_leads_reader', NULL),
    ('grant_missing', 'REVOKE SELECT (<note>) ON <crm.leads> FROM export_leads_reader', NULL),
    ('grant_missing', 'REVOKE USAGE ON SCHEMA <crm> FROM export_leads_reader', NULL),
    ('grant_missing', 'REVOKE USAGE ON SCHEMA <home> FROM export_leads_reader', NULL),
    ('grant_missing', 'REVOKE ALL ON FUNCTION <home>.export_leads_tenant() FROM export_leads_reader', NULL),
    ('grant_missing,security_definer',
     'SELECT <home>.export_leads_add_column(''own'', format(''%s(lead.%s)'', <<crm.secret>>, <<id>>));
         REVOKE ALL ON FUNCTION <crm.secret> FROM PUBLIC', NULL),
    ('security_definer',
         'SELECT <home>.export_leads_add_column(''own'', format(''%s(lead.%s)'', <<crm.secret>>, <<id>>))', NULL),
    ('column_broken', 'SELECT <home>.export_leads_add_column(''own'', ''lead.'' || <<note>>);
         UPDATE <home>.export_leads_columns SET expression = ''nothing''', NULL),
    ('function_missing',
     'ALTER EXTENSION export_leads DROP FUNCTION <home>.export_leads_tenant();
         DROP FUNCTION <home>.export_leads_tenant() CASCADE', NULL),
    ('function_altered', 'ALTER FUNCTION <home>.export_leads_tenant() PARALLEL SAFE', NULL),
    ('function_altered', 'CREATE OR REPLACE FUNCTION <home>.export_leads_tenant() RETURNS text
         LANGUAGE sql STABLE PARALLEL RESTRICTED RETURN ''7''', NULL),
    ('export_fails', 'UPDATE <home>.export_leads_configuration SET full_name = ''nothing''', '<<name>>'),
    ('execute_public', 'GRANT EXECUTE ON FUNCTION <home>.export_leads_version() TO PUBLIC', NULL),
    ('table_public', 'GRANT SELECT ON <home>.export_leads_grants TO PUBLIC', NULL),
    ('reader_granted', 'GRANT export_leads_reader TO <role>', NULL),
    ('shut_out,view_shut_out', 'DROP POLICY export_leads_others ON <crm.leads>', NULL),
    ('no_statistics', 'ALTER TABLE <crm.statuses> ALTER <label> SET STORAGE PLAIN;
         INSERT INTO <crm.statuses> SELECT n, ''new'', repeat(''x'', 1000) FROM generate_series(100, 500) AS n', NULL),
    ('schema_open', 'GRANT CREATE ON SCHEMA <home> TO <role>', NULL),
    ('schema_open', 'ALTER SCHEMA <home> OWNER TO <role>', NULL),
    ('schema_open', 'CREATE ROLE <chief> SUPERUSER; GRANT CREATE ON SCHEMA <home> TO <chief> WITH GRANT OPTION;
                     SET ROLE <chief>; GRANT CREATE ON SCHEMA <home> TO <role>; RESET ROLE', NULL),
    ('schema_renamed', 'ALTER SCHEMA <home> RENAME TO <moved>', NULL),
    ('schema_renamed', 'ALTER SCHEMA <home> RENAME TO <moved>; CREATE SCHEMA <home>', NULL),
    ('function_foreign', 'CREATE TYPE <crm.type> AS (n int);
         CREATE FUNCTION <home>.export_leads_check(<crm.type>) RETURNS int LANGUAGE sql RETURN 1', NULL),
    ('table_open', 'GRANT TRIGGER ON <home>.export_leads_grants TO <role>', NULL),
    ('table_open', 'CREATE FUNCTION <crm.trigger>() RETURNS trigger LANGUAGE plpgsql AS ''BEGIN RETURN NEW; END'';
         ALTER FUNCTION <crm.trigger> OWNER TO <role>;
         CREATE TRIGGER <sly> BEFORE INSERT ON <home>.export_leads_grants
             FOR EACH ROW EXECUTE FUNCTION <crm.trigger>()', NULL),
    ('member_owned', 'ALTER FUNCTION <home>.export_leads_check() OWNER TO <role>;
         ALTER TABLE <home>.export_leads_grants OWNER TO <role>', NULL);

CREATE FUNCTION test_check() RETURNS TABLE (name text, level text, object text, detail text, remediation text)
    LANGUAGE plpgsql AS
    'BEGIN RETURN QUERY EXECUTE format(''SELECT * FROM %s.export_leads_check() WHERE name <> ''''field_empty'''''',
                                       (SELECT extnamespace::regnamespace FROM pg_extension
                                            WHERE extname = ''export_leads'')); END';

-- Breaks one thing and runs the remediations that are printed; what was wrong with that, or NULL. All of it is undone.
CREATE FUNCTION test_breakage(breakage breakages, name text, OUT problem text) LANGUAGE plpgsql AS $$
DECLARE
    says text;
    remaining text;
    printed text[];
    remediation text;
    superusers bigint;
BEGIN
    EXECUTE test_named(breakage.sql, name);
    SELECT string_agg(DISTINCT c.name, ',' ORDER BY c.name), array_agg(DISTINCT c.remediation)
    INTO says, printed
    FROM test_check() AS c;
    superusers := (SELECT count(*) FROM pg_roles WHERE rolsuper);
    FOREACH remediation IN ARRAY COALESCE(printed, '{}') LOOP
        IF remediation IS NOT NULL THEN
            EXECUTE replace(remediation, '=> ''...''', '=> ' || COALESCE(test_named(breakage.decision, name), ''));
        END IF;
    END LOOP;
    SELECT string_agg(c.name, ',') INTO remaining FROM test_check() AS c
    WHERE c.name = ANY (string_to_array(breakage.says, ','));
    problem := format('%s: the check finds %s', breakage.sql, says);
    IF says = breakage.says THEN
        problem := CASE
            WHEN remaining IS NOT NULL THEN format('%s: %s is not mended by %s', breakage.sql, remaining, printed)
            WHEN superusers <> (SELECT count(*) FROM pg_roles WHERE rolsuper)
                THEN format('%s: more than that is done by %s', breakage.sql, printed) END;
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'P0100';
EXCEPTION
    WHEN SQLSTATE 'P0100' THEN
        RETURN;
    WHEN OTHERS THEN
        problem := format('%s: %s: %s', breakage.sql, SQLERRM, printed);
END;
$$;
CREATE FUNCTION test_name(name text, OUT problems text) LANGUAGE plpgsql AS $$
DECLARE
    fixture text;
BEGIN
    FOR fixture IN SELECT f.sql FROM fixtures AS f ORDER BY f.place LOOP
        EXECUTE test_named(fixture, name);
    END LOOP;
    SELECT string_agg(NULLIF(problem, ''), E'\n') INTO problems
    FROM (SELECT 'healthy: ' || string_agg(c.detail, ', ') FROM test_check() AS c
          UNION ALL
          SELECT test_breakage(b, name) FROM breakages AS b) AS p (problem);
    RAISE EXCEPTION USING ERRCODE = 'P0100';
EXCEPTION WHEN SQLSTATE 'P0100' THEN
    RETURN;
END;
$$;

SELECT plan((SELECT count(*) FROM names)::int);
SELECT is(test_name(name), NULL,
          format('all remediations do what they must, and no more, with names like %s', to_json(name)))
FROM names ORDER BY place;
SELECT finish();
ROLLBACK;
