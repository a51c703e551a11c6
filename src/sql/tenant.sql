
-- The tenant of the export that is running in this session, for the policies; NULL outside an export.
CREATE FUNCTION @extschema@.export_leads_tenant()
RETURNS text
LANGUAGE C
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'export_leads_tenant';
COMMENT ON FUNCTION @extschema@.export_leads_tenant() IS
    'The tenant of the running export, which the policies compare with; NULL outside of an export';
