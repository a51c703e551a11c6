-- What the sessions of the storm need to set exports up, and to disturb, mend and compare.

GRANT USAGE ON SCHEMA storm TO PUBLIC;
CREATE EXTENSION export_leads;
GRANT EXECUTE ON FUNCTION
  export_leads_csv(bigint, text, text[], export_leads_time_bound, export_leads_time_bound),
  export_leads_csv(text, text, text[], export_leads_time_bound, export_leads_time_bound),
  export_leads_csv_stream(bigint, text, text[], export_leads_time_bound, export_leads_time_bound),
  export_leads_tenant()
TO storm_owner, storm_app, storm_stranger;

-- The tables by identity: a storm may change their names all the time. Decoys are not mapped.
CREATE TABLE storm.tables (token text PRIMARY KEY, id regclass NOT NULL, name text NOT NULL, is_decoy boolean NOT NULL);
INSERT INTO storm.tables VALUES
  ('leads', 'crm.leads', 'leads', false),
  ('statuses', 'crm.lead_statuses', 'lead_statuses', false),
  ('calls', 'crm.call_log', 'call_log', false);

CREATE FUNCTION storm.setup() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM public.export_leads_setup(
    leads => (SELECT t.id FROM storm.tables AS t WHERE t.token = 'leads'),
    statuses => (SELECT t.id FROM storm.tables AS t WHERE t.token = 'statuses'),
    calls => (SELECT t.id FROM storm.tables AS t WHERE t.token = 'calls'),
    keep_history => true);
END;
$$;

CREATE FUNCTION storm.teardown() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM public.export_leads_teardown();
END;
$$;

-- Runs statements in which {leads}, {decoy_calls} etc. stand for the tables, whatever they are called by now.
CREATE FUNCTION storm.run(statements text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  named record;
BEGIN
  FOR named IN SELECT token, id FROM storm.tables LOOP
    statements := replace(statements, '{' || named.token || '}', named.id::text);
  END LOOP;
  EXECUTE statements;
END;
$$;

-- Mends what disturbances leave, where set-up alone does that.
CREATE FUNCTION storm.mend() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM storm.setup();
END;
$$;

-- What an export must leave as it was.
CREATE FUNCTION storm.state() RETURNS jsonb LANGUAGE sql VOLATILE BEGIN ATOMIC
  SELECT jsonb_object_agg(name, current_setting(name))
         || jsonb_build_object('user', current_user, 'session user', session_user,
                               'tenant', public.export_leads_tenant())
  FROM unnest(ARRAY['role', 'row_security', 'search_path', 'transaction_read_only', 'transaction_isolation',
                    'DateStyle', 'TimeZone', 'standard_conforming_strings', 'transform_null_equals', 'IntervalStyle',
                    'bytea_output', 'extra_float_digits', 'xmlbinary', 'xmloption', 'debug_print_plan']) AS name;
END;

-- An export whose error is caught in PL/pgSQL, and whether anything is left behind.
CREATE FUNCTION storm.caught(tenant bigint, status text, OUT file text, OUT code text, OUT words text, OUT residue text)
LANGUAGE plpgsql AS $$
DECLARE
  before CONSTANT jsonb := storm.state();
  detail text;
  hint text;
  context text;
BEGIN
  BEGIN
    file := public.export_leads_csv(tenant, status);
  EXCEPTION WHEN query_canceled OR OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
    code := SQLSTATE;
    words := concat_ws(E'\n', SQLERRM, detail, hint, context);
  END;
  IF storm.state() <> before THEN
    residue := format('%s became %s', before, storm.state());
  END IF;
END;
$$;

-- Stands in a policy to show that parallel workers read the table.
CREATE FUNCTION storm.refuse_workers(lead_id int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  IF pg_backend_pid() <> current_setting('storm.leader')::int THEN
    RAISE EXCEPTION 'a worker reads the leads';
  END IF;
  RETURN true;
END;
$$;

SELECT storm.setup();
