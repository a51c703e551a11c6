-- A site that installed version 0.1.0: a row in each of its tables, roles that may export, and decisions of the DBA's.
CREATE EXTENSION export_leads VERSION '0.1.0';
SELECT * FROM export_leads_setup();
CREATE POLICY not_deleted ON leads AS RESTRICTIVE USING (notes IS DISTINCT FROM 'deleted');
SELECT * FROM export_leads_setup(session_setting => 'app.tenant_id', grants_required => true,
                                 superusers_exempt => true, accepted_policies => '{not_deleted}');
SELECT export_leads_grant('former_app', '7');
GRANT EXECUTE ON FUNCTION export_leads_csv(bigint, text) TO former_app WITH GRANT OPTION;
GRANT EXECUTE ON FUNCTION export_leads_filename(text, text, date) TO former_app;
GRANT EXECUTE ON FUNCTION export_leads_csv(uuid, text) TO PUBLIC;
GRANT EXECUTE ON FUNCTION export_leads_setup, export_leads_site_policies TO "former dba" WITH GRANT OPTION;
GRANT EXECUTE ON FUNCTION export_leads_findings TO "former dba";
CREATE VIEW site_fields AS SELECT * FROM export_leads_fields();
CREATE FUNCTION site_count() RETURNS bigint LANGUAGE sql RETURN (SELECT count(*) FROM site_fields);
ALTER EXTENSION export_leads ADD FUNCTION site_count();
