-- What may change underneath exports after set-up: the session's settings, those that a policy's code makes, a column's
-- type, an id's collation, and the functions and columns that a site's own expressions name. The file stays right, or
-- the export is refused.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(32);
CREATE EXTENSION export_leads;
CREATE EXTENSION btree_gin;
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT test_expected_csv('7', 'new') AS expected \gset

-- A GIN index may return only some of the rows where a session prefers that to waiting.
SAVEPOINT gin;
INSERT INTO leads (id, tenant_id, name, status)
SELECT n, 7, 'one of many', 'many' FROM generate_series(1001, 4000) AS n;
CREATE INDEX leads_gin ON leads USING gin (tenant_id, status);
SET LOCAL enable_seqscan = off;
SET LOCAL gin_fuzzy_search_limit = 10;
SELECT ok(bool_or(plan LIKE '%leads_gin%'), 'an export can use a GIN index')
FROM export_leads_explain(7, 'many') AS plan;
SELECT is(lead_count, 3000::bigint, 'an export returns every lead, whatever the session''s gin_fuzzy_search_limit is')
FROM export_leads_file(7, 'many');
SELECT is(current_setting('gin_fuzzy_search_limit'), '10', 'gin_fuzzy_search_limit is as before after an export');
ROLLBACK TO gin;

-- Types of times that set-up would have refused.
SAVEPOINT types;
DROP VIEW test_leads, test_calls CASCADE;
ALTER TABLE leads ALTER created_at TYPE date;
SELECT matches(test_error($$SELECT export_leads_csv(7, 'new', created_from => '2025-12-19')$$),
               '^55000: column "created_at" of table "public.leads" is not a timestamp',
               'a range is refused where created_at of the leads has become a date');
SELECT is(array_agg(name), '{time_type}',
          'export_leads_check() reports the type of created_at of the leads as the only error')
FROM export_leads_check() WHERE level = 'error';
ALTER TABLE leads ALTER created_at TYPE text;
SELECT matches(test_error($$SELECT export_leads_csv(7, 'new', created_from => '2025-12-19')$$),
               '^55000: column "created_at" of table "public.leads" is not a timestamp',
               'a range is refused where created_at of the leads has become a text');
ALTER TABLE leads ALTER created_at TYPE timestamp USING created_at::timestamp;
ALTER TABLE call_log ALTER created_at TYPE text;
SELECT matches(test_error($$SELECT export_leads_csv(7, 'new')$$),
               '^55000: column "created_at" of table "public.call_log" is not a timestamp',
               'an export is refused where created_at of the calls has become a text');
ROLLBACK TO types;

-- A table that the statement around the export is rewriting, and its child: their catalog is ahead of their heap.
SAVEPOINT rewriting;
DROP VIEW test_leads, test_calls, test_statuses CASCADE;
CREATE TABLE child () INHERITS (leads);
INSERT INTO child SELECT * FROM leads WHERE tenant_id = 7;
CREATE FUNCTION test_rewrite(command text, relation text) RETURNS text LANGUAGE sql AS $$
    SELECT matches(test_error(command),
                   '^55006: cannot export from table "' || relation || '" while this session rewrites it',
                   'an export is refused in a statement that rewrites its table: ' || command)
$$;
SELECT test_rewrite($$ALTER TABLE leads ALTER source TYPE int USING length(export_leads_csv(7, 'new'))$$, 'leads');
SELECT test_rewrite($$ALTER TABLE leads ADD made text DEFAULT export_leads_csv(7, 'new')$$, 'leads');
SELECT test_rewrite($$ALTER TABLE child ADD made text DEFAULT export_leads_csv(7, 'new')$$, 'child');
SELECT test_rewrite($$ALTER TABLE lead_statuses ADD made text DEFAULT export_leads_csv(7, 'new')$$, 'lead_statuses');
SELECT test_rewrite($$ALTER TABLE call_log ALTER call_status TYPE text USING export_leads_csv(7, 'new')$$, 'call_log');
SELECT is(test_error($$ALTER TABLE leads ADD CHECK (export_leads_csv(7, 'new') <> '')$$), 'no error',
          'an export runs in an ALTER TABLE that only reads the table');
LOCK TABLE leads;
SELECT is(test_error($$SELECT export_leads_csv(7, 'new') FROM leads LIMIT 1$$), 'no error',
          'an export runs while this session has locked the table');
ROLLBACK TO rewriting;

-- Both ways to find the latest calls.
SET LOCAL enable_nestloop = off;
SELECT ok(bool_or(plan LIKE '%Unique%'), 'the calls of all leads are found at once where there are no nested loops')
FROM export_leads_explain(7, 'new') AS plan;
SELECT is(export_leads_csv(7, 'new'), :'expected', 'the file is the same where there are no nested loops');

-- Several ids of calls that are all equal to one id of a lead.
SAVEPOINT ids;
DROP VIEW test_leads, test_calls CASCADE;
CREATE COLLATION ignoring_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
ALTER TABLE leads ALTER id TYPE text COLLATE ignoring_case USING CASE id WHEN 1 THEN 'A' ELSE id::text END;
ALTER TABLE call_log ALTER lead_id TYPE text USING CASE id WHEN 3 THEN 'a' WHEN 1 THEN 'A' ELSE lead_id::text END;
SELECT is((SELECT string_agg(f.line, ' ')
           FROM regexp_split_to_table(export_leads_csv(7, 'new', '{lead_id, last_call_status}'), E'\r\n') AS f (line)
           WHERE f.line ~* '^a,'),
          'A,no-answer', 'a lead whose calls write its id in two cases is in the file once, with its latest call');
ROLLBACK TO ids;
SAVEPOINT ids;
DROP VIEW test_leads, test_calls CASCADE;
ALTER TABLE leads ALTER id TYPE float8 USING CASE id WHEN 1 THEN 9007199254740992 ELSE id END;
ALTER TABLE call_log ALTER lead_id TYPE bigint
    USING CASE id WHEN 3 THEN 9007199254740993 WHEN 1 THEN 9007199254740992 ELSE lead_id END;
SELECT is((SELECT string_agg(f.line, ' ')
           FROM regexp_split_to_table(export_leads_csv(7, 'new', '{lead_id, last_call_status}'), E'\r\n') AS f (line)
           WHERE f.line LIKE '9.0%'),
          '9.007199254740992e+15,no-answer', 'a lead is in the file once although several numbers round to its id');
ROLLBACK TO ids;

-- A setting that code behind a policy of the statuses changes before the leads are read.
SAVEPOINT settings;
CREATE SCHEMA other;
GRANT USAGE ON SCHEMA other TO PUBLIC;
CREATE FUNCTION other.upper(varchar) RETURNS text LANGUAGE sql AS $$SELECT 'other'$$;
CREATE FUNCTION site_code() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('search_path', 'other, pg_catalog', false);
    RETURN true;
END;
$$;
CREATE POLICY site_policy ON lead_statuses AS RESTRICTIVE USING (public.site_code());
SELECT count(*) AS steps
FROM export_leads_setup(accepted_policies => '{site_policy}', mutable_policies => '{site_policy}') \gset
SELECT export_leads_add_column('upper_name', 'upper(lead.first_name)');
SELECT unalike(export_leads_csv(7, 'new', '{lead_id, upper_name, last_call_at}'), '%other%',
               'a policy that sets search_path does not decide what the names in an expression mean');
ROLLBACK TO settings;
-- The planner evaluates what is immutable, and the second of the two queries for the leads is planned after the first.
SAVEPOINT planner;
CREATE SCHEMA other;
GRANT USAGE ON SCHEMA other TO PUBLIC;
CREATE FUNCTION other.upper(varchar) RETURNS text LANGUAGE sql AS $$SELECT 'other'$$;
CREATE FUNCTION site_code(int) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('search_path', 'other, pg_catalog', false);
    RETURN true;
END;
$$;
CREATE POLICY site_policy ON leads AS RESTRICTIVE USING (public.site_code(1));
SELECT count(*) AS steps FROM export_leads_setup(accepted_policies => '{site_policy}') \gset
SELECT export_leads_add_column('upper_name', 'upper(lead.first_name)');
SELECT unalike(export_leads_csv(7, 'new', '{lead_id, upper_name, last_call_at}'), '%other%',
               'a policy that the planner evaluates does not decide what the names in an expression mean');
ROLLBACK TO planner;

-- Code that the planner takes for free, and so would run first, on leads, on calls and in a site's own columns.
SAVEPOINT leaks;
CREATE FUNCTION site_sees(value text) RETURNS text LANGUAGE plpgsql COST 0.0000001 PARALLEL SAFE AS $$
BEGIN
    IF value LIKE '%SECRET13%' THEN
        RAISE EXCEPTION 'site_sees() was called on %', value;
    END IF;
    RETURN value;
END;
$$;
CREATE FUNCTION site_allows(value text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 PARALLEL SAFE AS $$
BEGIN
    RETURN public.site_sees(value) IS NOT DISTINCT FROM value;
END;
$$;
CREATE POLICY a_site_leads ON leads AS RESTRICTIVE USING (public.site_allows(notes));
CREATE POLICY a_site_calls ON call_log AS RESTRICTIVE USING (public.site_allows(call_status));
SELECT count(*) AS steps FROM export_leads_setup(accepted_policies => '{a_site_leads, a_site_calls}',
                                                 mutable_policies => '{a_site_leads, a_site_calls}') \gset
SELECT export_leads_add_column('seen', 'concat(public.site_sees(lead.notes), public.site_sees(call.call_status))'),
       export_leads_add_column('all_calls', '(SELECT count(public.site_sees(c.call_status)) '
                                            'FROM public.call_log AS c WHERE c.lead_id = lead.id)');
CREATE FUNCTION site_export() RETURNS text LANGUAGE sql AS
$$SELECT export_leads_csv(7, 'new', '{lead_id, seen, all_calls, last_call_at}')$$;
SELECT ok(bool_or(plan LIKE '%Unique%'), 'the calls of all leads are found at once with a site''s own columns, too')
FROM export_leads_explain(7, 'new', columns => '{lead_id, seen, all_calls, last_call_at}') AS plan;
SELECT site_export() AS at_once \gset
SET LOCAL enable_nestloop = on;
SELECT is(:'at_once', site_export(),
          'the file is the same both ways, and the site''s code saw no other tenant''s row');
SET LOCAL enable_nestloop = off;
SET LOCAL enable_hashjoin = off;
SELECT is(site_export(), :'at_once',
          'the file is the same by a merge join, and the site''s code saw no other tenant''s row');
ROLLBACK TO leaks;
SET LOCAL enable_nestloop = on;

-- Expressions that mean something else under other settings, or nothing any more.
SET LOCAL standard_conforming_strings = off;
SET LOCAL escape_string_warning = off;
SELECT matches(test_error($$SELECT export_leads_add_column('odd', $x$'a\'),(SELECT 1 --' || 'x'$x$)$$),
               '^42601: ',
               'a new column''s expression is read as exports read it, whatever standard_conforming_strings is');
SET LOCAL standard_conforming_strings = on;
ALTER TABLE leads ADD one text, ADD two text;
SELECT export_leads_add_column('one', 'lead.one'), export_leads_add_column('two', 'lead.two');
ALTER TABLE leads DROP one, DROP two;
SELECT matches(test_error($$SELECT export_leads_csv(7, 'new', '{one}')$$), '^55000: column lead.one does not exist',
               'an export with an own column fails where the column of the table that it reads was dropped');
SELECT is(export_leads_csv(7, 'new'), :'expected',
          'an export of the standard columns is right although own columns are broken');
SET LOCAL client_min_messages = error;
SELECT is(test_error($$SELECT export_leads_remove_column('one')$$), 'no error',
          'a broken column can be removed while another one is broken');
SELECT is(test_error($$SELECT export_leads_remove_column('two')$$), 'no error',
          'the last broken column can be removed');
SELECT is(count(*), 0::bigint, 'export_leads_check() reports no error when the broken columns are removed')
FROM export_leads_check() WHERE level = 'error';

-- What IST means is a setting of the session's, and +02 in this place is west of Greenwich.
SELECT matches(test_error(format('SELECT export_leads_setup(time_zone => %L)', zone)),
               '^22023: "[' || left(zone, 1) || ']' || substr(zone, 2) || '" is not the full name of a time zone',
               'set-up refuses a time zone that is not a full name: ' || zone)
FROM unnest('{IST, EST, +02}'::text[]) AS zone;

SELECT finish();
ROLLBACK;
