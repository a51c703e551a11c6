-- Accepting a site's restrictive policy accepts its condition and the functions that it calls: exports stop when one of
-- them changes. A condition that may hide other rows in another session, or later, is refused unless it is named so.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(46);
CREATE EXTENSION export_leads;
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT test_expected_csv('7', 'new') AS expected \gset
CREATE SCHEMA site;
GRANT USAGE ON SCHEMA site TO PUBLIC;

CREATE FUNCTION test_accept(condition text, is_mutable boolean DEFAULT false) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    DROP POLICY IF EXISTS live ON leads;
    EXECUTE format('CREATE POLICY live ON leads AS RESTRICTIVE USING (%s)', condition);
    RETURN test_error(
        format('SELECT * FROM export_leads_setup(accepted_policies => ''{live}'', mutable_policies => %L)',
               CASE WHEN is_mutable THEN '{live}' ELSE '{}' END)
    );
END;
$$;
CREATE FUNCTION test_export() RETURNS text LANGUAGE sql AS
$$SELECT left(test_error($sql$SELECT export_leads_csv('7', 'new')$sql$), 40)$$;
-- What becomes of an accepted condition when something that it calls changes. `what` says which change, as in
-- "its function is replaced".
CREATE FUNCTION test_change(condition text, change text, what text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    remediation text;
BEGIN
    RETURN NEXT is(test_accept(condition), 'no error', 'the condition is accepted before ' || what);
    RETURN NEXT is(test_export(), 'no error', 'exports run with the condition before ' || what);
    EXECUTE change;
    RETURN NEXT is(test_export(), '55000: restrictive policy "live" on tabl', 'exports stop when ' || what);
    SELECT c.remediation INTO remediation FROM export_leads_check() AS c WHERE c.name = 'accepted_policy_changed';
    EXECUTE remediation;
    RETURN NEXT is(test_export(), 'no error', 'the remediation accepts the condition again after ' || what);
END;
$$;

CREATE FUNCTION site.is_live(text) RETURNS boolean IMMUTABLE LANGUAGE sql AS $$SELECT $1 IS DISTINCT FROM 'deleted'$$;
CREATE FUNCTION site.knows(text) RETURNS boolean IMMUTABLE LANGUAGE sql BEGIN ATOMIC SELECT site.is_live($1); END;
CREATE OPERATOR site.~~~ (FUNCTION = site.is_live, RIGHTARG = text);
CREATE FUNCTION site.both(boolean, boolean) RETURNS boolean IMMUTABLE LANGUAGE sql AS $$SELECT $1 AND $2$$;
CREATE AGGREGATE site.all_of(boolean) (SFUNC = site.both, STYPE = boolean, INITCOND = 'true');
CREATE FUNCTION site.as_owner(text) RETURNS boolean IMMUTABLE SECURITY DEFINER LANGUAGE sql AS $$SELECT true$$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA site TO PUBLIC;
SELECT test_change('site.is_live(notes)',
                   $$CREATE OR REPLACE FUNCTION site.is_live(text) RETURNS boolean
                     IMMUTABLE LANGUAGE sql AS 'SELECT false'$$,
                   'its function is replaced');
SELECT test_change('site.knows(notes)',
                   $$CREATE OR REPLACE FUNCTION site.is_live(text) RETURNS boolean
                     IMMUTABLE LANGUAGE sql AS 'SELECT $1 <> ''x'''$$,
                   'a function that its function calls is replaced');
SELECT test_change('OPERATOR(site.~~~) notes',
                   $$CREATE OR REPLACE FUNCTION site.is_live(text) RETURNS boolean
                     IMMUTABLE LANGUAGE sql AS 'SELECT true'$$,
                   'the function of its operator is replaced');
SELECT test_change('(SELECT site.all_of(s.name IS NOT NULL) FROM lead_statuses AS s)',
                   $$CREATE OR REPLACE FUNCTION site.both(boolean, boolean) RETURNS boolean
                     IMMUTABLE LANGUAGE sql AS 'SELECT false'$$,
                   'the function of its aggregate is replaced');
SELECT test_change('(SELECT site.all_of(s.name IS NOT NULL) FROM lead_statuses AS s)',
                   $$CREATE OR REPLACE AGGREGATE site.all_of(boolean)
                         (SFUNC = site.both, STYPE = boolean, INITCOND = 'false')$$,
                   'its aggregate gets another initial value');
SELECT test_change('site.as_owner(notes)',
                   'ALTER FUNCTION site.as_owner(text) OWNER TO crm_app',
                   'its SECURITY DEFINER function gets another owner');
SELECT test_change('site.as_owner(notes)',
                   'ALTER FUNCTION site.as_owner(text) SET search_path = site',
                   'its function gets another setting');
SELECT test_accept('site.as_owner(notes)') AS error \gset
ALTER FUNCTION site.as_owner(text) STABLE;
SELECT is(test_export(), '55000: restrictive policy "live" on tabl',
          'exports stop when a function of an accepted condition is no longer immutable');
SELECT matches(test_error(remediation), '^22023: policy "live" on table "public.leads" may hide other rows',
               'the remediation does not accept a policy that has become mutable')
FROM export_leads_check() WHERE name = 'accepted_policy_changed';

-- Conditions that may hide other rows in another session, or later.
CREATE TYPE site.mood AS ENUM ('good');
ALTER TABLE leads ADD seen timestamptz DEFAULT '2025-01-01', ADD mood site.mood DEFAULT 'good';
SELECT matches(test_accept(condition),
               '^22023: policy "live" on table "public.leads" may hide other rows in another session, or later '
               '.Where that is meant',
               'a condition that may hide other rows later is not accepted: ' || condition)
FROM unnest(ARRAY['seen::date <= ''2026-01-01''', 'seen < now()', 'to_tsvector(COALESCE(notes, '''')) IS NOT NULL',
                  'CURRENT_USER <> ''nobody''', 'COALESCE(current_setting(''app.t'', true), '''') = ''''',
                  'mood::text = ''good''', 'random() < 2']) AS condition;
SELECT is(test_accept('seen::date <= ''2026-01-01''', is_mutable => true), 'no error',
          'a condition that may hide other rows later is accepted where mutable_policies names its policy');
SELECT is(test_export(), 'no error', 'exports run with an accepted mutable policy');
SELECT is(test_error('SELECT * FROM export_leads_setup()'), 'no error',
          'set-up without arguments keeps an accepted mutable policy');
SELECT is(test_error($$SELECT * FROM export_leads_setup(accepted_policies => '{live}')$$), 'no error',
          'a mutable policy can be accepted again without naming it in mutable_policies');

-- The words that are left out do not follow the session's language.
UPDATE leads SET notes = 'the deleted' WHERE tenant_id = 7 AND id = 2;
SELECT test_accept($$NOT to_tsvector(COALESCE(notes, '')) @@ to_tsquery('deletes')$$, is_mutable => true) AS error \gset
SET LOCAL default_text_search_config = 'english';
SELECT export_leads_csv('7', 'new') AS english \gset
SET LOCAL default_text_search_config = 'simple';
SELECT is(export_leads_csv('7', 'new'), :'english',
          'a text search in an accepted policy finds the same in each session');

-- How a literal prints does not make a condition another one.
SET LOCAL DateStyle = 'German';
SET LOCAL TimeZone = 'Asia/Tokyo';
SELECT is(test_accept($$(created_at > timestamp '2000-01-02' OR created_at IS NULL)
                        AND seen > timestamptz '2000-01-02 00:00+00'$$), 'no error',
          'a condition with literal times is accepted');
SET LOCAL DateStyle = 'ISO';
SET LOCAL TimeZone = 'America/New_York';
SELECT is(test_export(), 'no error',
          'an accepted condition is recognised where its literals print in another style and zone');

-- A policy that only checks what is written hides nothing.
DROP POLICY live ON leads;
SELECT count(*) AS steps FROM export_leads_setup(accepted_policies => '{}') \gset
CREATE POLICY writes ON leads AS RESTRICTIVE FOR ALL WITH CHECK (tenant_id IS NOT NULL);
CREATE POLICY inserts ON leads AS RESTRICTIVE FOR INSERT WITH CHECK (false);
CREATE POLICY writes_too ON leads AS PERMISSIVE FOR ALL WITH CHECK (tenant_id IS NOT NULL);
SELECT is(test_export(), 'no error', 'policies that only check what is written do not stop exports');
SELECT is_empty($$SELECT * FROM export_leads_check() WHERE detail LIKE '%write%'$$,
                'export_leads_check() does not report policies that only check what is written');

SELECT finish();
ROLLBACK;
