
-- Who may ask for which tenant, and which of the site's own policies an export obeys.

-- Decides the rules: as given, else as stored, else none. What is given empty is taken out.
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

-- A tenant as the leads' type prints it.
CREATE FUNCTION @extschema@._export_leads_canonical_tenant(tenant text)
RETURNS text
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_canonical_tenant';
COMMENT ON FUNCTION @extschema@._export_leads_canonical_tenant(text) IS
    'Internal: a tenant as the tenant column''s type prints it';

CREATE FUNCTION @extschema@._export_leads_grant(role regrole, tenant text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    canonical text := @extschema@._export_leads_canonical_tenant(tenant);
BEGIN
    IF role IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'role must not be null';
    END IF;
    PERFORM @extschema@._export_leads_lock_tables();
    INSERT INTO @extschema@.export_leads_grants (grantee, tenant)
    SELECT r.rolname, canonical FROM pg_roles AS r WHERE r.oid = role
    ON CONFLICT DO NOTHING;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_grant(regrole, text) IS
    'Internal: what export_leads_grant() does';

CREATE FUNCTION @extschema@.export_leads_grant(role regrole, tenant text)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@._export_leads_require_closed_schema();
    SELECT @extschema@._export_leads_grant(role, tenant);
END;
COMMENT ON FUNCTION @extschema@.export_leads_grant(regrole, text) IS
    'Lets a role, and whoever has its privileges, export a tenant, where grants are required';

CREATE FUNCTION @extschema@._export_leads_revoke(role regrole, tenant text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    canonical text := @extschema@._export_leads_canonical_tenant(tenant);
BEGIN
    IF role IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'role must not be null';
    END IF;
    PERFORM @extschema@._export_leads_lock_tables();
    DELETE FROM @extschema@.export_leads_grants AS g
    WHERE g.grantee = (SELECT r.rolname FROM pg_roles AS r WHERE r.oid = role) AND g.tenant = canonical COLLATE "C";
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_revoke(regrole, text) IS
    'Internal: what export_leads_revoke() does';

CREATE FUNCTION @extschema@.export_leads_revoke(role regrole, tenant text)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@._export_leads_require_closed_schema();
    SELECT @extschema@._export_leads_revoke(role, tenant);
END;
COMMENT ON FUNCTION @extschema@.export_leads_revoke(regrole, text) IS
    'Takes back what export_leads_grant() gave';

CREATE FUNCTION @extschema@.export_leads_grant(role regrole, tenant bigint)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@.export_leads_grant(role, tenant::text);
END;
COMMENT ON FUNCTION @extschema@.export_leads_grant(regrole, bigint) IS
    'Lets a role, and whoever has its privileges, export a tenant, where grants are required';

CREATE FUNCTION @extschema@.export_leads_revoke(role regrole, tenant bigint)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@.export_leads_revoke(role, tenant::text);
END;
COMMENT ON FUNCTION @extschema@.export_leads_revoke(regrole, bigint) IS
    'Takes back what export_leads_grant() gave';

CREATE FUNCTION @extschema@.export_leads_grant(role regrole, tenant uuid)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@.export_leads_grant(role, tenant::text);
END;
COMMENT ON FUNCTION @extschema@.export_leads_grant(regrole, uuid) IS
    'Lets a role, and whoever has its privileges, export a tenant, where grants are required';

CREATE FUNCTION @extschema@.export_leads_revoke(role regrole, tenant uuid)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@.export_leads_revoke(role, tenant::text);
END;
COMMENT ON FUNCTION @extschema@.export_leads_revoke(regrole, uuid) IS
    'Takes back what export_leads_grant() gave';

-- What a policy does, as text that a dump and restore keep: its command and its condition.
CREATE FUNCTION @extschema@._export_leads_policy_definition(relation regclass, policy text)
RETURNS text
LANGUAGE C
VOLATILE
STRICT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS 'MODULE_PATHNAME', 'export_leads_policy_definition';
COMMENT ON FUNCTION @extschema@._export_leads_policy_definition(regclass, text) IS
    'Internal: what an accepted policy must still be';

CREATE FUNCTION @extschema@._export_leads_is_mutable_policy(relation regclass, policy text)
RETURNS boolean
LANGUAGE C
VOLATILE
STRICT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_is_mutable_policy';
COMMENT ON FUNCTION @extschema@._export_leads_is_mutable_policy(regclass, text) IS
    'Internal: whether a policy''s condition may depend on the session or on time';

-- A policy with its table, as set-up takes it where policies of several tables have one name.
CREATE FUNCTION @extschema@._export_leads_policy_name(relation regclass, policy text)
RETURNS text
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT format('%s.%I', relation, policy);
END;
COMMENT ON FUNCTION @extschema@._export_leads_policy_name(regclass, text) IS
    'Internal: a policy with its table, for export_leads_setup(accepted_policies => ...)';

-- Accepts the named restrictive policies of the three tables as they are now, and forgets the others; NULL leaves them
-- as they are. One that may hide other rows in another session, or later, has to be named twice. Returns what changed.
CREATE FUNCTION @extschema@._export_leads_accept(
    configuration @extschema@.export_leads_configuration, policies text[], mutable_policies text[], dry_run boolean)
RETURNS TABLE (object text, detail text)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    tables CONSTANT oid[] := ARRAY[configuration.leads::oid, configuration.statuses, configuration.calls];
    unknown text;
    policy record;
BEGIN
    SELECT string_agg(quote_ident(n), ', ') INTO unknown
    FROM unnest(mutable_policies) AS n
    WHERE n <> ALL (COALESCE(policies, '{}'));
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('not among the accepted policies: %s', unknown),
            HINT = 'Name it in accepted_policies, too.';
    END IF;
    IF policies IS NULL THEN
        RETURN;
    END IF;
    SELECT string_agg(quote_ident(n), ', ') INTO unknown
    FROM unnest(policies) AS n
    WHERE NOT EXISTS (SELECT
                      FROM pg_policy AS p
                      WHERE p.polrelid = ANY (tables) AND NOT p.polpermissive
                        AND n IN (p.polname::text,
                                  @extschema@._export_leads_policy_name(p.polrelid::regclass, p.polname::text))
                        AND p.polname <> 'export_leads_only_tenant');
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_object',
            MESSAGE = format('no such restrictive policy: %s', unknown),
            HINT = 'SELECT * FROM pg_policies shows the policies of the tables.';
    END IF;
    FOR policy IN
        SELECT COALESCE(a.relation, w.relation) AS relation, COALESCE(a.policy, w.policy) AS name, w.definition,
               w.is_mutable,
               CASE WHEN w.policy IS NULL THEN 'a policy that is no longer accepted'
                    ELSE 'a policy that exports obey from now on' END AS detail
        FROM @extschema@.export_leads_accepted_policies AS a
        FULL JOIN (SELECT p.polrelid::regclass AS relation, p.polname::text AS policy,
                          @extschema@._export_leads_policy_definition(
                              p.polrelid::regclass, p.polname::text) AS definition,
                          @extschema@._export_leads_is_mutable_policy(
                              p.polrelid::regclass, p.polname::text) AS is_mutable
                   FROM pg_policy AS p
                   WHERE p.polrelid = ANY (tables) AND NOT p.polpermissive
                     AND policies && ARRAY[p.polname::text, @extschema@._export_leads_policy_name(
                                                                p.polrelid::regclass, p.polname::text)]) AS w
            ON a.relation = w.relation AND a.policy = w.policy
        WHERE a.definition IS DISTINCT FROM w.definition
        ORDER BY 1, 2
    LOOP
        IF policy.is_mutable
           AND NOT COALESCE(mutable_policies, '{}')
                   && ARRAY[policy.name, @extschema@._export_leads_policy_name(
                                             policy.relation::regclass, policy.name::text)] THEN
            RAISE EXCEPTION USING
                ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('policy "%s" on table "%s" may hide other rows in another session, or later',
                                 policy.name, policy.relation),
                DETAIL = 'Its condition calls a function that is not immutable: it may depend on a setting, such as the '
                         'time zone, on who asks, on the time, or on other rows.',
                HINT = 'Where that is meant, name it in mutable_policies, too.';
        END IF;
        IF NOT dry_run THEN
            DELETE FROM @extschema@.export_leads_accepted_policies AS a WHERE a.relation = policy.relation AND a.policy = policy.name;
            IF policy.definition IS NOT NULL THEN
                INSERT INTO @extschema@.export_leads_accepted_policies
                VALUES (policy.relation, policy.name, policy.definition, policy.is_mutable);
            END IF;
        END IF;
        RETURN QUERY
        SELECT @extschema@._export_leads_policy_name(policy.relation::regclass, policy.name::text), policy.detail;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_accept(@extschema@.export_leads_configuration, text[], text[], boolean) IS
    'Internal: accepts a site''s own restrictive policies, for export_leads_setup()';
