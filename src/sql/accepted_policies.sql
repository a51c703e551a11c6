
-- Which of the site's own restrictive policies exports obey.

-- What a policy does, its command and condition, as text that is the same after a dump and restore.
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

-- A policy's name with its table's, as set-up takes it where policies of several tables have the same name.
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

-- The table of an accepted policy by its name, or if it was dropped, by the one under which set-up had found it; NULL
-- where set-up has another table since.
CREATE FUNCTION @extschema@._export_leads_policy_table(
    configuration @extschema@.export_leads_configuration, relation regclass)
RETURNS text
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT COALESCE((SELECT relation::text FROM pg_class AS c WHERE c.oid = relation),
                    (SELECT quote_ident((configuration).table_names[2 * p.place - 1]) || '.'
                            || quote_ident((configuration).table_names[2 * p.place])
                     FROM unnest(ARRAY[(configuration).leads, (configuration).statuses, (configuration).calls])
                          WITH ORDINALITY AS p (mapped, place)
                     WHERE p.mapped = relation));
END;
COMMENT ON FUNCTION @extschema@._export_leads_policy_table(@extschema@.export_leads_configuration, regclass) IS
    'Internal: what the table of an accepted policy is called, or was';

-- Accepts the named restrictive policies of the three tables as they are now, and forgets the others; NULL changes
-- nothing. A policy that may hide other rows in another session, or later, must be named in both lists. Returns what
-- changed.
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
                DETAIL = 'Its condition calls a function that is not immutable: it may depend on a setting, such as '
                         'the time zone, on who asks, on the time, or on other rows.',
                HINT = 'Where that is meant, name it in mutable_policies, too.';
        END IF;
        IF NOT dry_run THEN
            DELETE FROM @extschema@.export_leads_accepted_policies AS a
            WHERE a.relation = policy.relation AND a.policy = policy.name;
            IF policy.definition IS NOT NULL THEN
                INSERT INTO @extschema@.export_leads_accepted_policies
                VALUES (policy.relation, policy.name, policy.definition, policy.is_mutable);
            END IF;
        END IF;
        RETURN QUERY
        SELECT CASE WHEN @extschema@._export_leads_policy_table(configuration, policy.relation::regclass) IS NULL
                    THEN format('policy %I', policy.name)
                    ELSE @extschema@._export_leads_policy_name(policy.relation::regclass, policy.name::text) END,
               policy.detail;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_accept(@extschema@.export_leads_configuration, text[], text[], boolean) IS
    'Internal: accepts a site''s own restrictive policies, for export_leads_setup()';
