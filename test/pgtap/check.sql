-- export_leads_check() reports each thing that can be wrong with exactly the expected findings, and its remediations,
-- run as they are printed, mend it. What takes an index built CONCURRENTLY is in check_indexes.sql, what takes another
-- library in the suite `system`.

BEGIN;
SET client_min_messages = warning;
\i test/fixtures/application.sql
CREATE SCHEMA export_leads;
CREATE EXTENSION export_leads SCHEMA export_leads;
-- A role may export, or export_leads_check() would report that none may.
SELECT count(export_leads.export_leads_allow('crm_app')) AS allowed \gset
SET search_path = public, export_leads;
CREATE ROLE reporting LOGIN;
CREATE ROLE team NOLOGIN;
CREATE ROLE member LOGIN IN ROLE team;
CREATE ROLE night_shift LOGIN IN ROLE pg_read_all_data;
CREATE ROLE powerful NOLOGIN BYPASSRLS;
CREATE ROLE guest LOGIN NOINHERIT;
CREATE ROLE chief SUPERUSER;
ALTER ROLE night_shift BYPASSRLS;
GRANT SELECT ON leads TO reporting;
GRANT SELECT (id) ON call_log TO team;
GRANT SELECT ON lead_statuses TO powerful;
CREATE VIEW seen_leads AS SELECT id FROM leads;
ALTER VIEW seen_leads OWNER TO reporting;
CREATE VIEW own_eyes WITH (security_invoker = on) AS SELECT id FROM leads;
ALTER VIEW own_eyes OWNER TO reporting;
CREATE VIEW blind AS SELECT id FROM lead_statuses;
ALTER VIEW blind OWNER TO reporting;
CREATE DOMAIN lead_number AS int;
CREATE TABLE membership (tenant int);
GRANT SELECT ON membership TO PUBLIC;
CREATE FUNCTION always(int, int) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN true; END';
CREATE OPERATOR public.= (LEFTARG = int, RIGHTARG = int, FUNCTION = always);
CREATE FUNCTION secret(n int) RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT ''SECRET13''';
CREATE FUNCTION passed_on(n int) RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT secret(n); END;
CREATE FUNCTION is_secret(int, int) RETURNS boolean LANGUAGE sql SECURITY DEFINER AS 'SELECT true';
CREATE OPERATOR public.#### (LEFTARG = int, RIGHTARG = int, FUNCTION = is_secret);
CREATE FUNCTION passed_by_operator(n int) RETURNS boolean LANGUAGE sql
BEGIN ATOMIC SELECT n OPERATOR(public.####) n; END;
CREATE TYPE badge AS (n int);
CREATE FUNCTION to_badge(n int) RETURNS badge LANGUAGE sql SECURITY DEFINER AS 'SELECT ROW(n)::badge';
CREATE CAST (int AS badge) WITH FUNCTION to_badge(int);
CREATE FUNCTION add_secret(text, int) RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT $1';
CREATE AGGREGATE secrets(int) (SFUNC = add_secret, STYPE = text);
SELECT count(*) AS steps FROM export_leads_setup() \gset

-- A finding in words.
CREATE FUNCTION test_row(name text, level text, object text)
RETURNS text
LANGUAGE sql
AS $$SELECT concat_ws(' ', name, level, object)$$;

-- Everything that happens in here is undone. `says` are the findings of export_leads_check() after a breakage;
-- `remaining` those of them that are left when each remediation has run, with `decision` where one leaves something to
-- the DBA.
CREATE FUNCTION test_findings(breakage text, decision text, OUT says text, OUT remaining text)
LANGUAGE plpgsql
AS $$
DECLARE
    findings text[];
    printed text[];
    remediation text;
BEGIN
    EXECUTE breakage;
    SELECT array_agg(test_row(c.name, c.level, c.object) ORDER BY c.place), array_agg(DISTINCT c.remediation)
    INTO findings, printed
    FROM export_leads_check() WITH ORDINALITY AS c (name, level, object, detail, remediation, place);
    says := array_to_string(findings, ', ');
    FOREACH remediation IN ARRAY COALESCE(printed, '{}') LOOP
        IF remediation IS NOT NULL THEN
            EXECUTE replace(remediation, '...', decision);
        END IF;
    END LOOP;
    SELECT string_agg(test_row(c.name, c.level, c.object), ', ') INTO remaining
    FROM export_leads_check() AS c
    WHERE test_row(c.name, c.level, c.object) = ANY (findings);
    RAISE EXCEPTION USING ERRCODE = 'P0100';
EXCEPTION WHEN SQLSTATE 'P0100' THEN
    RETURN;
END;
$$;

CREATE TEMP TABLE breakages (place serial, findings text, breakage text, decision text DEFAULT '', stays text);

-- What stops exports.
INSERT INTO breakages (findings, breakage, decision) VALUES
    ('not_set_up error export_leads', 'DELETE FROM export_leads_configuration', ''),
    ('table_missing error public.call_log',
     'DROP TABLE call_log CASCADE;
      CREATE TABLE call_log (id int, business_id int, lead_id int, call_status text, created_at timestamp)', ''),
    ('table_missing error public.call_log',
     'CREATE SCHEMA archive; CREATE TABLE archive.calls (LIKE call_log); DROP TABLE call_log CASCADE', 'archive.calls'),
    ('table_missing error public.leads, table_missing error public.lead_statuses, '
     'table_missing error public.call_log',
     'ALTER TABLE leads RENAME TO other_leads;
      ALTER TABLE lead_statuses RENAME TO other_statuses;
      ALTER TABLE call_log RENAME TO other_log;
      CREATE TABLE leads AS TABLE other_leads;
      CREATE TABLE lead_statuses AS TABLE other_statuses;
      CREATE TABLE call_log AS TABLE other_log;
      DROP TABLE other_leads, other_statuses, other_log CASCADE', ''),
    ('not_a_table error public.seen_leads', $$UPDATE export_leads_configuration SET leads = 'seen_leads'$$, 'leads'),
    ('column_missing error public.leads', 'DROP VIEW test_leads; ALTER TABLE leads DROP phone_e164', 'source'),
    ('column_replaced error public.leads',
     'ALTER TABLE leads RENAME phone_e164 TO phone; ALTER TABLE leads ADD phone_e164 text', 'phone'),
    ('tenant_type error public.call_log', $$UPDATE export_leads_configuration SET call_tenant = 'created_at'$$,
     'business_id'),
    ('row_security_disabled error public.leads', 'ALTER TABLE leads DISABLE ROW LEVEL SECURITY', ''),
    ('row_security_disabled error public.leads, row_security_disabled error public.lead_statuses, '
     'row_security_disabled error public.call_log',
     'ALTER TABLE leads DISABLE ROW LEVEL SECURITY;
      ALTER TABLE lead_statuses DISABLE ROW LEVEL SECURITY;
      ALTER TABLE call_log DISABLE ROW LEVEL SECURITY;
      ALTER ROLE night_shift NOBYPASSRLS', ''),
    ('policy_missing error public.call_log', 'DROP POLICY export_leads_only_tenant ON call_log', ''),
    ('policy_altered error public.leads', 'ALTER POLICY export_leads_only_tenant ON leads USING (tenant_id > 0)', ''),
    ('policy_altered error public.leads',
     'ALTER POLICY export_leads_only_tenant ON leads
          USING (tenant_id OPERATOR(public.=) (SELECT export_leads_tenant()::int4))', ''),
    ('accepted_policy_changed error public.leads',
     $$CREATE POLICY site ON leads AS RESTRICTIVE USING (id > 0);
       DO 'BEGIN PERFORM * FROM export_leads_setup(accepted_policies => ''{site}''); END';
       ALTER POLICY site ON leads USING (id > 1)$$, ''),
    ('restrictive_policy error public.leads', 'CREATE POLICY site ON leads AS RESTRICTIVE USING (id > 0)', '{}'),
    ('reader_missing error export_leads_reader',
     'DROP OWNED BY export_leads_reader; DROP ROLE export_leads_reader', ''),
    ('reader_superuser error export_leads_reader', 'ALTER ROLE export_leads_reader SUPERUSER', ''),
    ('reader_bypasses error export_leads_reader', 'ALTER ROLE export_leads_reader BYPASSRLS', ''),
    ('reader_member error export_leads_reader', 'GRANT crm_app TO export_leads_reader', ''),
    ('grant_missing error public.leads', 'REVOKE SELECT (notes) ON leads FROM export_leads_reader', ''),
    ('function_missing error export_leads.export_leads_tenant()',
     'ALTER EXTENSION export_leads DROP FUNCTION export_leads_tenant();
      DROP FUNCTION export_leads_tenant() CASCADE', ''),
    ('function_altered error export_leads.export_leads_tenant()',
     $$CREATE OR REPLACE FUNCTION export_leads.export_leads_tenant() RETURNS text
       LANGUAGE sql STABLE PARALLEL RESTRICTED AS 'SELECT ''13'''$$, ''),
    ('function_altered error export_leads.export_leads_tenant()',
     'ALTER FUNCTION export_leads_tenant() PARALLEL SAFE', ''),
    ('other_table error public.membership',
     $$UPDATE export_leads_configuration
       SET full_name_given = true, full_name = '(SELECT max(m.tenant)::text FROM public.membership AS m)'$$,
     'lead.name'),
    ('not_bound error public.leads',
     $$UPDATE export_leads_configuration
       SET full_name_given = true,
           full_name = '(SELECT l.name FROM public.leads AS l WHERE l.id = lead.id FOR SHARE)'$$,
     'lead.name'),
    (format('reader_owns error database %I', current_database()),
     format('ALTER ROLE export_leads_reader INHERIT; ALTER DATABASE %I OWNER TO export_leads_reader;
             CREATE POLICY sly ON leads AS RESTRICTIVE TO pg_database_owner USING (id < 3)',
            current_database()), ''),
    ('export_fails error export_leads', $$UPDATE export_leads_configuration SET full_name = 'lead.nowhere'$$, ''),
    ('export_fails error export_leads',
     $$UPDATE export_leads_configuration SET full_name = 'generate_series(1, 2)::text', full_name_given = true$$,
     'lead.name');

-- What the site must decide, since mending it would change what others see.
INSERT INTO breakages (findings, breakage, stays)
SELECT findings, breakage, findings
FROM (VALUES
    ('reader_owns error public.call_log',
     'GRANT CREATE ON SCHEMA public TO export_leads_reader; ALTER TABLE call_log OWNER TO export_leads_reader'),
    ('row_security_disabled error public.leads',
     'ALTER TABLE leads DISABLE ROW LEVEL SECURITY; CREATE POLICY site ON leads AS RESTRICTIVE USING (id > 0)'),
    ('other_table error public.leads, accepted_policy info public.leads',
     $$CREATE POLICY site ON leads AS RESTRICTIVE USING (EXISTS (SELECT FROM membership WHERE tenant = tenant_id));
       DO 'BEGIN PERFORM * FROM export_leads_setup(accepted_policies => ''{site}''); END'$$),
    ('id_types error public.call_log', 'DROP VIEW test_calls; ALTER TABLE call_log ALTER lead_id TYPE text'),
    ('id_types info public.call_log', 'DROP VIEW test_calls; ALTER TABLE call_log ALTER lead_id TYPE bigint'),
    ('id_collations error public.call_log',
     'DROP VIEW test_leads, test_calls, seen_leads, own_eyes;
      ALTER TABLE leads ALTER id TYPE text COLLATE "C";
      ALTER TABLE call_log ALTER lead_id TYPE varchar(20) COLLATE "POSIX"'),
    ('id_collations error public.call_log',
     'DROP VIEW test_leads, test_calls, seen_leads, own_eyes; CREATE DOMAIN code AS text COLLATE "POSIX";
      ALTER TABLE leads ALTER id TYPE text COLLATE "C"; ALTER TABLE call_log ALTER lead_id TYPE code'),
    ('shut_out warning public.call_log',
     'ALTER POLICY export_leads_others ON call_log TO reporting; GRANT SELECT ON call_log TO reporting'),
    ('shut_out warning public.call_log',
     'DROP POLICY export_leads_others ON call_log;
      CREATE POLICY site ON call_log TO reporting USING (business_id = 7)'),
    ('backup_shut_out warning night_shift', 'ALTER ROLE night_shift NOBYPASSRLS')) AS v (findings, breakage);

-- What should be mended.
INSERT INTO breakages (findings, breakage) VALUES
    ('execute_public warning export_leads.export_leads_csv(bigint,text,text[],export_leads.export_leads_time_bound,'
     'export_leads.export_leads_time_bound)',
     'GRANT EXECUTE ON FUNCTION export_leads_csv(bigint, text, text[], export_leads_time_bound, export_leads_time_bound)
          TO PUBLIC'),
    ('execute_public warning export_leads.export_leads_later()',
     'CREATE FUNCTION export_leads.export_leads_later() RETURNS int LANGUAGE sql AS ''SELECT 1'';
      ALTER EXTENSION export_leads ADD FUNCTION export_leads.export_leads_later()'),
    ('table_public warning export_leads.export_leads_grants', 'GRANT INSERT ON export_leads_grants TO PUBLIC'),
    ('reader_login warning export_leads_reader', 'ALTER ROLE export_leads_reader LOGIN'),
    ('reader_granted warning reporting', 'GRANT export_leads_reader TO reporting'),
    ('shut_out warning public.call_log', 'DROP POLICY export_leads_others ON call_log'),
    ('shut_out warning public.call_log',
     'DROP POLICY export_leads_others ON call_log;
      CREATE POLICY a_site ON call_log AS RESTRICTIVE TO team USING (true)'),
    ('shut_out warning public.call_log',
     'DROP POLICY export_leads_others ON call_log;
      REVOKE ALL ON call_log FROM team; GRANT SELECT ON call_log TO PUBLIC'),
    ('shut_out warning public.lead_statuses',
     'DROP POLICY export_leads_others ON lead_statuses; GRANT INSERT ON lead_statuses TO guest'),
    ('shut_out warning public.lead_statuses, view_shut_out warning public.blind',
     'DROP POLICY export_leads_others ON lead_statuses; GRANT SELECT ON lead_statuses TO PUBLIC'),
    ('shut_out warning public.leads, view_shut_out warning public.seen_leads',
     'DROP POLICY export_leads_others ON leads');

-- An expression that locks rows brings the conditions of policies FOR UPDATE into the query: here one that is neither
-- ours nor that of the accepted policy.
INSERT INTO breakages (findings, breakage, decision, stays) VALUES
    ('not_bound error public.leads, accepted_policy info public.leads, permissive_policy info public.leads',
     $$CREATE POLICY site ON leads USING (EXISTS (SELECT FROM lead_statuses AS s WHERE s.label = status));
       CREATE POLICY strict ON leads AS RESTRICTIVE FOR SELECT
           USING (EXISTS (SELECT FROM lead_statuses AS s WHERE s.name = status));
       DO 'BEGIN PERFORM * FROM export_leads_setup(accepted_policies => ''{strict}''); END';
       UPDATE export_leads_configuration
       SET full_name_given = true,
           full_name = '(SELECT l.name FROM public.leads AS l WHERE l.id = lead.id FOR SHARE)'$$,
     'lead.name', 'accepted_policy info public.leads, permissive_policy info public.leads');

-- Columns whose functions read as their owner.
INSERT INTO breakages (findings, breakage)
SELECT 'security_definer warning column own', format('SELECT export_leads_add_column(''own'', %L)', expression)
FROM unnest(ARRAY['public.secret(lead.id)', 'upper(concat(lead.name, public.secret(lead.id)))',
                  'CASE WHEN call.id > 0 THEN public.secret(call.id) END', 'public.passed_on(status.id)',
                  'lead.id OPERATOR(public.####) 1', 'public.passed_by_operator(lead.id)', 'lead.id::public.badge',
                  'lead.id OPERATOR(public.####) ANY (ARRAY[1, 2])', '(SELECT s FROM public.secret(lead.id) AS s)',
                  '(SELECT c.id FROM public.call_log AS c WHERE public.secret(c.id) IS NOT NULL LIMIT 1)',
                  '(SELECT public.secrets(c.id) FROM public.call_log AS c WHERE c.lead_id = lead.id)']) AS expression;
INSERT INTO breakages (findings, breakage, decision) VALUES
    ('security_definer warning column full_name',
     $$DO 'BEGIN PERFORM * FROM export_leads_setup(full_name => ''public.secret(id)''); END'$$, 'lead.name'),
    ('security_definer warning column other, security_definer warning column own',
     $$SELECT export_leads_add_column(name, 'public.secret(lead.id)') FROM unnest('{own,other}'::text[]) AS name$$, ''),
    ('grant_missing error public.secret(integer), security_definer warning column own',
     $$SELECT export_leads_add_column('own', 'public.secret(lead.id)');
       REVOKE EXECUTE ON FUNCTION secret FROM PUBLIC$$, '');

-- What is worth knowing; of that, what needs no mending stays.
INSERT INTO breakages (findings, breakage, stays) VALUES
    ('no_statistics info public.lead_statuses',
     $$INSERT INTO lead_statuses (business_id, name, label)
       SELECT n, 'new', repeat('x', 100) FROM generate_series(1000, 5000) AS n$$, NULL),
    ('permissive_policy info public.leads',
     'CREATE POLICY site ON leads USING (false)',
     'permissive_policy info public.leads'),
    ('permissive_policy info public.leads',
     'CREATE POLICY site ON leads USING (EXISTS (SELECT FROM membership WHERE tenant = tenant_id))',
     'permissive_policy info public.leads'),
    ('permissive_policy info public.leads',
     'CREATE POLICY site ON leads FOR SELECT TO reporting, export_leads_reader USING (true)',
     'permissive_policy info public.leads'),
    ('accepted_policy info public.leads',
     $$CREATE POLICY site ON leads AS RESTRICTIVE USING (id > 0);
       DO 'BEGIN PERFORM * FROM export_leads_setup(accepted_policies => ''{site}''); END'$$,
     'accepted_policy info public.leads'),
    ('exempting_policy info public.leads',
     $$CREATE POLICY site ON leads AS RESTRICTIVE USING (CURRENT_USER = 'export_leads_reader' OR id > 0)$$,
     'exempting_policy info public.leads'),
    ('accepted_policy info public.leads',
     $$CREATE POLICY site ON leads AS RESTRICTIVE
           USING (EXISTS (SELECT FROM lead_statuses AS s WHERE s.name = status));
       DO 'BEGIN PERFORM * FROM export_leads_setup(accepted_policies => ''{site}''); END'$$,
     'accepted_policy info public.leads'),
    ('exempting_policy info public.leads',
     $$CREATE POLICY site ON leads AS RESTRICTIVE
           USING (CURRENT_USER = 'export_leads_reader'
                  OR EXISTS (SELECT FROM lead_statuses AS s WHERE s.name = status))$$,
     'exempting_policy info public.leads'),
    ('permissive_policy info public.leads',
     'CREATE POLICY site ON leads USING (public.secret(id) IS NOT NULL)',
     'permissive_policy info public.leads'),
    ('not_utf8 error database ' || quote_ident(current_database()),
     'UPDATE pg_database SET encoding = pg_char_to_encoding(''LATIN1'') WHERE datname = current_database()',
     'not_utf8 error database ' || quote_ident(current_database()));

-- What is not reported.
INSERT INTO breakages (findings, breakage) VALUES
    ('', 'SELECT'),
    ('', 'ALTER TABLE leads RENAME phone_e164 TO phone'),
    ('', $$ALTER FUNCTION secret SECURITY INVOKER;
           SELECT export_leads_add_column('own', 'public.passed_on(lead.id)')$$),
    ('', 'GRANT export_leads_reader TO powerful, guest, chief'),
    ('', 'DROP VIEW test_calls; ALTER TABLE call_log ALTER lead_id TYPE lead_number'),
    ('', 'DROP VIEW test_leads, test_calls, seen_leads, own_eyes;
          ALTER TABLE leads ALTER id TYPE text; ALTER TABLE call_log ALTER lead_id TYPE varchar'),
    ('', 'DROP VIEW test_leads, test_calls, seen_leads, own_eyes;
          ALTER TABLE leads ALTER id TYPE text COLLATE "C"; ALTER TABLE call_log ALTER lead_id TYPE text'),
    ('', 'CREATE POLICY site ON leads TO reporting USING (true);
          CREATE POLICY a_site ON leads FOR UPDATE USING (true)'),
    ('', 'DROP POLICY export_leads_others ON lead_statuses'),
    ('', 'DROP POLICY export_leads_others ON call_log; CREATE POLICY site ON call_log TO member USING (true)'),
    ('', 'DROP POLICY export_leads_others ON call_log;
          GRANT SELECT ON call_log TO member; CREATE POLICY site ON call_log TO team USING (true)'),
    ('', 'DROP POLICY export_leads_others ON lead_statuses;
          GRANT SELECT ON lead_statuses TO PUBLIC; CREATE POLICY site ON lead_statuses TO reporting USING (true)'),
    ('', 'UPDATE export_leads_configuration SET secured = ''{}'';
          DROP POLICY export_leads_others ON leads; ALTER ROLE night_shift NOBYPASSRLS'),
    ('', 'DROP POLICY export_leads_others ON call_log; GRANT crm_app TO team');

SELECT plan(2 * (SELECT count(*) FROM breakages)::int + 8);
SELECT is_empty('SELECT * FROM export_leads_check()', 'export_leads_check() reports nothing of a healthy set-up');
SELECT is(d.says, NULLIF(b.findings, ''),
          format('the check reports %s after: %s', COALESCE(NULLIF(b.findings, ''), 'nothing'), line))
    || E'\n' || is(d.remaining, b.stays,
                   format('the remediations leave %s after: %s', COALESCE(b.stays, 'no finding'), line))
FROM breakages AS b, LATERAL test_findings(b.breakage, b.decision) AS d,
     substr(regexp_replace(b.breakage, '\s+', ' ', 'g'), 1, 100) AS line
ORDER BY b.place;
SELECT is_empty('SELECT * FROM export_leads_check()',
                'export_leads_check() reports nothing after all breakages, which were undone');

-- A remediation that creates set-up's own policy: teardown drops it, and nobody sees more than before set-up.
CREATE POLICY for_member ON call_log TO member USING (business_id = 7);
DROP POLICY export_leads_others ON call_log;
GRANT SELECT ON call_log TO member, reporting;
SELECT results_eq('SELECT detail, remediation FROM export_leads_check() WHERE object = ''public.call_log''',
                  $$VALUES ('row security hides all rows of table "public.call_log" from reporting, who have '
                            'privileges on it: set-up''s own policy would show more than policy "for_member" to '
                            'others, too',
                            NULL::text)$$,
                  'no remediation is printed where set-up''s own policy would show others more than the site''s');
DROP POLICY for_member ON call_log;
SELECT is((SELECT detail FROM export_leads_check() WHERE object = 'public.call_log'),
          'row security hides all rows of table "public.call_log" from member, reporting, team, who have privileges '
          'on it',
          'the warning names all roles that row security shuts out');
SELECT test_mend() AS mended \gset
SET ROLE reporting;
SELECT cmp_ok((SELECT count(*) FROM call_log WHERE business_id = 13), '>', 0::bigint,
              'a role that was shut out sees all rows again after the remediation');
RESET ROLE;
SELECT count(*) AS steps FROM export_leads_teardown() \gset
SELECT is_empty($$SELECT * FROM pg_policies WHERE policyname LIKE 'export\_leads%'$$,
                'teardown leaves no policy that a remediation created');

-- The order of the findings.
SELECT count(*) AS steps FROM export_leads_setup() \gset
CREATE POLICY a_site ON leads USING (true);
ALTER ROLE export_leads_reader LOGIN;
ALTER TABLE lead_statuses DISABLE ROW LEVEL SECURITY;
SELECT results_eq('SELECT level FROM export_leads_check()', $$VALUES ('error'), ('warning'), ('info')$$,
                  'findings are errors first, then warnings, then info');

-- No tables at all.
DROP TABLE leads, lead_statuses, call_log CASCADE;
SELECT results_eq('SELECT name FROM export_leads_check()',
                  $$VALUES ('table_missing'), ('table_missing'), ('table_missing'), ('reader_login')$$,
                  'export_leads_check() reports the missing tables where all of them are gone');

SELECT finish();
ROLLBACK;
