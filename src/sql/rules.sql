
-- Who may ask for which tenant: the rules that a site gives set-up.

-- Decides the rules: as given, else as stored, else none. A rule that is given as '' is dropped.
CREATE FUNCTION @extschema@._export_leads_decide_rules(given jsonb, stored jsonb)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    rules jsonb;
BEGIN
    SELECT jsonb_strip_nulls(jsonb_object_agg(r.name, COALESCE(given -> r.name, stored -> r.name, r.otherwise)))
    INTO rules
    FROM (VALUES ('session_setting', 'null'::jsonb), ('session_tenant', 'null'), ('session_required', 'false'),
                 ('session_administrators', 'null'), ('grants_required', 'false'), ('superusers_exempt', 'false'),
                 ('status_defaults', 'false'))
         AS r (name, otherwise);
    IF rules ->> 'session_administrators' = '' THEN
        rules := rules - 'session_administrators';
    END IF;
    IF rules ->> 'session_tenant' = '' OR NOT given ? 'session_tenant' AND given ->> 'session_setting' <> '' THEN
        rules := rules - 'session_tenant';
    END IF;
    IF rules ->> 'session_setting' = '' OR NOT given ? 'session_setting' AND given ->> 'session_tenant' <> '' THEN
        rules := rules - 'session_setting';
    ELSIF rules ->> 'session_setting' !~ '^[A-Za-z_][A-Za-z0-9_$]*([.][A-Za-z_][A-Za-z0-9_$]*)+$' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('"%s" is not the name of a setting of an application''s own', rules ->> 'session_setting'),
            HINT = 'Name it as the application sets it, such as app.tenant_id.';
    END IF;
    IF rules ?& ARRAY['session_setting', 'session_tenant'] THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'the session''s tenant is either in a setting or what an expression says',
            HINT = 'Give one of session_setting and session_tenant.';
    END IF;
    IF (rules -> 'session_required')::boolean AND NOT rules ?| ARRAY['session_setting', 'session_tenant'] THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'a session''s tenant cannot be required without the setting that holds it',
            HINT = 'Name the setting, or give an expression as session_tenant: '
                   || @extschema@._export_leads_setup_call(given || '{"session_setting": "..."}');
    END IF;
    RETURN rules;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_decide_rules(jsonb, jsonb) IS
    'Internal: decides who may ask for which tenant, for export_leads_setup()';

CREATE FUNCTION @extschema@._export_leads_require_session_tenant(configuration @extschema@.export_leads_configuration)
RETURNS void
LANGUAGE C
VOLATILE
STRICT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_require_session_tenant';
COMMENT ON FUNCTION @extschema@._export_leads_require_session_tenant(@extschema@.export_leads_configuration) IS
    'Internal: refuses an expression that cannot say what the session''s tenant is, for export_leads_setup()';

CREATE FUNCTION @extschema@._export_leads_session_tenant_schemas(
    configuration @extschema@.export_leads_configuration)
RETURNS SETOF regnamespace
LANGUAGE C
VOLATILE
STRICT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_session_tenant_schemas';
COMMENT ON FUNCTION @extschema@._export_leads_session_tenant_schemas(@extschema@.export_leads_configuration) IS
    'Internal: the schemas of what the expression of the session''s tenant calls, which the reader must see';
