-- What exports call: a column of the site's own that reads the leads itself, and the functions of accepted policies.

CREATE SCHEMA site AUTHORIZATION storm_owner;
GRANT USAGE ON SCHEMA site TO PUBLIC;

-- It plans anew each time, and waits now and then, so that the reader and the functions change while a file is made.
CREATE FUNCTION site.around(lead_id bigint) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
  notes text;
BEGIN
  IF lead_id % 16 < 2 THEN
    PERFORM pg_sleep(0.002);
  END IF;
  EXECUTE 'SELECT string_agg(DISTINCT l.notes, ''/'') FROM crm.leads AS l WHERE l.id BETWEEN $1 - 5 AND $1 + 5'
  INTO notes USING lead_id;
  RETURN notes;
END;
$$;
SELECT export_leads_add_column('around', 'site.around(lead.id)');

-- The functions of the policies, and what each answers in place of %s: true hides no row, false hides them all.
CREATE TABLE storm.functions (name text PRIMARY KEY, definition text NOT NULL);
INSERT INTO storm.functions VALUES
  ('is_live_in_sql', 'CREATE OR REPLACE FUNCTION site.is_live_in_sql(notes text) RETURNS boolean LANGUAGE sql
                      IMMUTABLE PARALLEL SAFE BEGIN ATOMIC SELECT %s; END'),
  ('is_live_in_plpgsql', 'CREATE OR REPLACE FUNCTION site.is_live_in_plpgsql(source text) RETURNS boolean
                          LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $f$BEGIN RETURN %s; END$f$'),
  ('is_asked', 'CREATE OR REPLACE FUNCTION site.is_asked(name text) RETURNS boolean LANGUAGE sql
                IMMUTABLE PARALLEL SAFE BEGIN ATOMIC SELECT %s; END'),
  ('is_shown', 'CREATE OR REPLACE FUNCTION site.is_shown(name text) RETURNS boolean LANGUAGE sql
                IMMUTABLE PARALLEL SAFE BEGIN ATOMIC SELECT site.is_asked(name) AND %s; END'),
  ('is_heard', 'CREATE OR REPLACE FUNCTION site.is_heard(call_status text) RETURNS boolean LANGUAGE plpgsql
                IMMUTABLE PARALLEL SAFE AS $f$BEGIN RETURN %s; END$f$');

CREATE FUNCTION storm.replace(function text, answer text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format((SELECT f.definition FROM storm.functions AS f WHERE f.name = function), answer);
END;
$$;
SELECT storm.replace(name, 'true') FROM storm.functions ORDER BY name;

CREATE POLICY live_in_sql ON crm.leads AS RESTRICTIVE USING (site.is_live_in_sql(notes));
CREATE POLICY live_in_plpgsql ON crm.leads AS RESTRICTIVE USING (site.is_live_in_plpgsql(source));
CREATE POLICY shown ON crm.lead_statuses AS RESTRICTIVE USING (site.is_shown(name));
CREATE OPERATOR site.!! (RIGHTARG = text, FUNCTION = site.is_heard);
CREATE POLICY heard ON crm.call_log AS RESTRICTIVE USING (OPERATOR(site.!!) call_status);
SELECT FROM export_leads_setup(accepted_policies => '{live_in_sql,live_in_plpgsql,shown,heard}');

CREATE OR REPLACE FUNCTION storm.mend() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM storm.replace(f.name, 'true')
  FROM storm.functions AS f JOIN pg_proc AS p ON p.proname = f.name AND p.pronamespace = 'site'::regnamespace
  WHERE pg_get_functiondef(p.oid) LIKE '%false%';
  PERFORM storm.setup();
END;
$$;
