
-- Which role may export which tenant, where a site requires grants.

-- A tenant as the type of the leads' tenant column prints it.
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
