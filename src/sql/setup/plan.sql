
-- What set-up must do to make exports safe: its statements, and what it refuses.

CREATE FUNCTION @extschema@._export_leads_policies(relation regclass, tenant_column text, has_defaults boolean)
RETURNS TABLE (policy text, permissive boolean, condition text, is_intact boolean)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_policies';
COMMENT ON FUNCTION @extschema@._export_leads_policies(regclass, text, boolean) IS
    'Internal: the policies that a table must have, and whether it has them; NULL if no condition tells tenants apart';

CREATE FUNCTION @extschema@._export_leads_required_columns(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (relation regclass, column_name text)
LANGUAGE C
VOLATILE
STRICT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'export_leads_required_columns';
COMMENT ON FUNCTION @extschema@._export_leads_required_columns(@extschema@.export_leads_configuration) IS
    'Internal: the columns that the queries of an export read';

-- The columns of a table on which the reader has a privilege.
CREATE FUNCTION @extschema@._export_leads_reader_columns(relation regclass)
RETURNS TABLE (column_name text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT DISTINCT a.attname::text
    FROM pg_attribute AS a, aclexplode(a.attacl) AS acl
    WHERE a.attrelid = relation AND NOT a.attisdropped AND acl.grantee = to_regrole('@reader@');
END;
COMMENT ON FUNCTION @extschema@._export_leads_reader_columns(regclass) IS
    'Internal: what export_leads_setup() has granted';

-- What the reader lacks: the role itself, its attributes, its grants. One row for each statement.
CREATE FUNCTION @extschema@._export_leads_reader_plan(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (object text, detail text, sql text)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    reader CONSTANT text := '@reader@';
    attributes CONSTANT text := 'NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT';
    reader_id CONSTANT oid := to_regrole('@reader@');
    table_id regclass;
    needed text[];
    granted text[];
BEGIN
    IF reader_id IS NULL THEN
        RETURN QUERY SELECT reader, 'the role that exports read as', format('CREATE ROLE %s %s', reader, attributes);
    ELSE
        RETURN QUERY
        SELECT reader, 'attributes that an export is not safe with', format('ALTER ROLE %s %s', reader, attributes)
        FROM pg_roles AS r
        WHERE r.oid = reader_id
          AND (r.rolcanlogin OR r.rolsuper OR r.rolbypassrls OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
               OR r.rolinherit);
        RETURN QUERY
        SELECT reader, 'a membership that an export is not safe with',
               format('REVOKE %s FROM %s%s', m.roleid::regrole, reader,
                      CASE WHEN current_setting('server_version_num')::int >= 160000
                           THEN format(' GRANTED BY %s CASCADE', m.grantor::regrole) END)
        FROM pg_auth_members AS m
        WHERE m.member = reader_id;
    END IF;

    RETURN QUERY
    SELECT format('schema %s', n.oid::regnamespace), 'to see the tables',
           format('GRANT USAGE ON SCHEMA %s TO %s', n.oid::regnamespace, reader)
    FROM pg_namespace AS n
    WHERE (n.oid = '@extschema@'::regnamespace
           OR n.oid IN (SELECT c.relnamespace
                        FROM pg_class AS c
                        WHERE c.oid IN (configuration.leads, configuration.statuses, configuration.calls))
           OR n.oid IN (@extschema@._export_leads_status_schema(configuration.leads, configuration.lead_status),
                        @extschema@._export_leads_status_schema(configuration.statuses, configuration.status_name),
                        @extschema@._export_leads_status_schema(configuration.statuses, configuration.status_key))
           OR n.oid IN (SELECT s FROM @extschema@._export_leads_session_tenant_schemas(configuration) AS s))
      AND NOT CASE WHEN reader_id IS NULL THEN has_schema_privilege('public', n.oid, 'USAGE')
                   ELSE has_schema_privilege(reader_id, n.oid, 'USAGE') END
    ORDER BY 1;

    IF reader_id IS NULL OR NOT has_function_privilege(reader_id, '@extschema@.export_leads_tenant()', 'EXECUTE') THEN
        RETURN QUERY SELECT '@extschema@.export_leads_tenant()', 'for the policies',
                            format('GRANT EXECUTE ON FUNCTION %s.export_leads_tenant() TO %s', '@extschema@', reader);
    END IF;

    FOREACH table_id IN ARRAY array_remove(
        ARRAY[configuration.leads, configuration.statuses, configuration.calls], '-'::regclass)
    LOOP
        SELECT array_agg(DISTINCT c.column_name ORDER BY c.column_name) INTO needed
        FROM (SELECT * FROM @extschema@._export_leads_required_columns(configuration)
              UNION ALL SELECT * FROM @extschema@._export_leads_own_columns(configuration)) AS c
        WHERE c.relation = table_id;
        SELECT array_agg(g.column_name) INTO granted
        FROM @extschema@._export_leads_reader_columns(table_id) AS g;
        IF EXISTS (SELECT
                   FROM pg_class AS t, aclexplode(t.relacl) AS acl
                   WHERE t.oid = table_id AND acl.grantee = reader_id) THEN
            RETURN QUERY
            SELECT table_id::text, 'more than exports need', format('REVOKE ALL ON %s FROM %s', table_id, reader);
            granted := NULL;
        END IF;
        RETURN QUERY
        SELECT table_id::text, 'what exports do not need',
               format('REVOKE ALL (%s) ON %s FROM %s', string_agg(quote_ident(c), ', ' ORDER BY c), table_id, reader)
        FROM unnest(granted) AS c
        WHERE c <> ALL (needed)
        HAVING count(*) > 0;
        RETURN QUERY
        SELECT table_id::text, 'what exports read',
               format('GRANT SELECT (%s) ON %s TO %s', string_agg(quote_ident(c), ', ' ORDER BY c), table_id, reader)
        FROM unnest(needed) AS c
        WHERE c <> ALL (COALESCE(granted, '{}'))
        HAVING count(*) > 0;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_reader_plan(@extschema@.export_leads_configuration) IS
    'Internal: the statements that give the reader what it lacks, for export_leads_setup()';

-- What the tables lack: the policies, and row security last, so that it is at no moment enabled without them.
CREATE FUNCTION @extschema@._export_leads_table_plan(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (object text, detail text, sql text)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    part record;
    own record;
    is_secured boolean;
    keeps_others boolean;
BEGIN
    FOR part IN
        SELECT *
        FROM (VALUES (1, configuration.leads, configuration.lead_tenant, false),
                     (2, configuration.statuses, configuration.status_tenant, configuration.status_defaults),
                     (3, configuration.calls, configuration.call_tenant, false))
             AS p (place, relation, tenant_column, has_defaults)
        WHERE p.relation <> 0::oid
        ORDER BY place
    LOOP
        SELECT c.relrowsecurity INTO is_secured FROM pg_class AS c WHERE c.oid = part.relation;
        FOR own IN
            SELECT *
            FROM @extschema@._export_leads_policies(
                part.relation::regclass, part.tenant_column::text, part.has_defaults::boolean) AS p
            WHERE NOT p.is_intact
        LOOP
            IF EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = part.relation AND p.polname = own.policy) THEN
                RETURN QUERY SELECT part.relation::text, 'a policy that is not as it must be',
                                    format('DROP POLICY %I ON %s', own.policy, part.relation);
            END IF;
            RETURN QUERY SELECT part.relation::text,
                                CASE WHEN own.permissive THEN 'lets an export see its tenant''s rows'
                                     ELSE 'holds an export to its tenant''s rows, whatever other policies allow' END,
                                format('CREATE POLICY %I ON %s AS %s FOR SELECT TO @reader@ USING (%s)',
                                       own.policy, part.relation,
                                       CASE WHEN own.permissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
                                       own.condition);
        END LOOP;
        CONTINUE WHEN is_secured;
        -- While row security is disabled, a policy binds nobody and may be replaced.
        SELECT p.polpermissive AND p.polcmd = '*' AND p.polroles = '{0}'
               AND (pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
                   IS NOT DISTINCT FROM (@extschema@._export_leads_others_condition(part.relation::regclass), 'true')
        INTO keeps_others
        FROM pg_policy AS p
        WHERE p.polrelid = part.relation AND p.polname = 'export_leads_others';
        IF NOT COALESCE(keeps_others, true) THEN
            RETURN QUERY SELECT part.relation::text, 'a policy that is not as it must be',
                                format('DROP POLICY export_leads_others ON %s', part.relation);
        END IF;
        IF keeps_others IS NOT TRUE THEN
            RETURN QUERY SELECT part.relation::text, 'keeps every other role''s access as it was before row security',
                                format('@keep_others@', part.relation,
                                       @extschema@._export_leads_others_condition(part.relation::regclass));
        END IF;
    END LOOP;

    RETURN QUERY
    SELECT c.oid::regclass::text, 'row security, which does not bind the owner',
           format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', c.oid::regclass)
    FROM pg_class AS c
    WHERE c.oid IN (configuration.leads, configuration.statuses, configuration.calls) AND NOT c.relrowsecurity
    ORDER BY array_position(ARRAY[configuration.leads::oid, configuration.statuses, configuration.calls], c.oid);
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_table_plan(@extschema@.export_leads_configuration) IS
    'Internal: the statements that give the tables what they lack, for export_leads_setup()';

-- Whether a table has the policy that set-up creates where it enables row security, and nowhere else. By it set-up
-- recognizes its own tables when its configuration is lost.
CREATE FUNCTION @extschema@._export_leads_is_secured(relation regclass)
RETURNS boolean
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT EXISTS (SELECT
                   FROM pg_policy AS p
                   WHERE p.polrelid = relation AND p.polname = 'export_leads_others' AND p.polpermissive
                     AND p.polcmd = '*'
                     AND pg_get_expr(p.polqual, p.polrelid) = @extschema@._export_leads_others_condition(relation)
                     AND pg_get_expr(p.polwithcheck, p.polrelid) = 'true');
END;
COMMENT ON FUNCTION @extschema@._export_leads_is_secured(regclass) IS
    'Internal: whether row security was enabled by export_leads_setup(), as far as the table tells';

-- The site's own policies on the three tables, which are enforced where row security is enabled.
CREATE FUNCTION @extschema@._export_leads_site_policies(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (relation regclass, name text, is_enforced boolean)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT c.oid::regclass, format('%s.%I', c.oid::regclass, p.polname), c.relrowsecurity
    FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
    WHERE c.oid IN ((configuration).leads, (configuration).statuses, (configuration).calls)
      AND p.polname NOT IN (@own_policies@);
END;
COMMENT ON FUNCTION @extschema@._export_leads_site_policies(@extschema@.export_leads_configuration) IS
    'Internal: policies that are not ours';

-- Refuses tables other than those that are set up, unless they have taken their places.
CREATE FUNCTION @extschema@._export_leads_refuse_move(tables jsonb, stored jsonb)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    decided CONSTANT regclass[] := ARRAY(SELECT t.value::regclass
                                         FROM jsonb_each_text(tables) AS t
                                         WHERE t.value <> '-');
    former text;
BEGIN
    SELECT string_agg(s.relation::text, ', ') INTO former
    FROM @extschema@._export_leads_stored_tables(stored) AS s
    WHERE NOT s.relation = ANY (decided) AND NOT (s.successor <> s.relation AND s.successor = ANY (decided));
    IF former IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('export_leads is set up on other tables: %s', former),
            HINT = 'Undo that first: SELECT * FROM @extschema@.export_leads_teardown();';
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_refuse_move(jsonb, jsonb) IS
    'Internal: refuses other tables than those that export_leads_setup() had decided';

-- The site's own policy that would take something from other roles if row security, which is disabled on its table,
-- were enabled: a restrictive one, or one that reads its own table, directly or through other tables' policies, since
-- PostgreSQL then refuses the table to the roles it applies to. One row at most.
CREATE FUNCTION @extschema@._export_leads_harmful_policy(relations regclass[])
RETURNS TABLE (relation regclass, policy text, is_restrictive boolean)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH RECURSIVE unenforced AS (
        SELECT p.oid, p.polrelid, p.polname, p.polpermissive
        FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
        WHERE c.oid = ANY (relations)
          AND NOT c.relrowsecurity
          AND p.polname NOT IN (@own_policies@)
    ), reading AS (
        -- The tables in the subqueries of policies that are enforced, or would be.
        SELECT p.oid, p.polrelid, t.number[1]::oid AS read
        FROM pg_policy AS p
        JOIN pg_class AS c ON c.oid = p.polrelid
        CROSS JOIN LATERAL regexp_matches(p.polqual::text, ':relid (\d+)', 'g') AS t (number)
        WHERE c.relrowsecurity OR p.oid IN (SELECT s.oid FROM unenforced AS s)
        UNION ALL
        -- And those in views, unless a view reads as an owner whom the table's policies do not bind.
        SELECT NULL, w.ev_class, t.number[1]::oid
        FROM pg_class AS v
        JOIN pg_rewrite AS w ON w.ev_class = v.oid
        JOIN pg_roles AS o ON o.oid = v.relowner
        CROSS JOIN LATERAL regexp_matches(w.ev_action::text, ':relid (\d+)', 'g') AS t (number)
        JOIN pg_class AS c ON c.oid = t.number[1]::oid AND c.oid <> v.oid
        WHERE v.relkind = 'v'
          AND v.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
          AND (array_to_string(v.reloptions, ' ') ~* 'security_invoker=(t|y|on|1)'
               OR NOT (o.rolsuper OR o.rolbypassrls OR pg_has_role(o.oid, c.relowner, 'USAGE')))
    ), reached AS (
        SELECT s.oid, s.polrelid, r.read
        FROM unenforced AS s JOIN reading AS r ON r.oid = s.oid
        UNION
        SELECT f.oid, f.polrelid, r.read
        FROM reached AS f JOIN reading AS r ON r.polrelid = f.read
    )
    SELECT s.polrelid::regclass, s.polname::text, NOT s.polpermissive
    FROM unenforced AS s
    WHERE NOT s.polpermissive
       OR EXISTS (SELECT FROM reached AS f WHERE f.oid = s.oid AND f.read = s.polrelid)
    ORDER BY s.polpermissive, s.polname
    LIMIT 1;
END;
COMMENT ON FUNCTION @extschema@._export_leads_harmful_policy(regclass[]) IS
    'Internal: a policy that would take something from other roles if row security were enabled';

-- Refuses what set-up cannot do without changing what others see.
CREATE FUNCTION @extschema@._export_leads_refuse_unsafe(configuration @extschema@.export_leads_configuration)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    tables CONSTANT regclass[] := ARRAY[configuration.leads, configuration.statuses, configuration.calls];
    harmful record;
BEGIN
    IF (SELECT count(DISTINCT t::oid) FROM unnest(tables) AS t) < 3 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'the leads, their statuses and their calls must be three tables';
    END IF;

    PERFORM @extschema@._export_leads_refuse_distribution(configuration);
    SELECT * INTO harmful FROM @extschema@._export_leads_harmful_policy(tables);
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format(CASE WHEN harmful.is_restrictive
                                  THEN 'enabling row security on table "%s" would wake its restrictive policy "%s"'
                                  ELSE 'enabling row security on table "%s" would wake its policy "%s", which reads '
                                       'the table itself' END,
                             harmful.relation, harmful.policy),
            DETAIL = CASE WHEN harmful.is_restrictive THEN 'Other roles would then see fewer rows than before.'
                          ELSE 'Other roles could then not read the table, for infinite recursion.' END,
            HINT = 'Drop the policy, or decide that it is to hold, and enable row security on the table yourself.';
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_refuse_unsafe(@extschema@.export_leads_configuration) IS
    'Internal: refuses what export_leads_setup() cannot do safely';
