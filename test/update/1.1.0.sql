-- A site that installed version 1.1.0: a row in each of its tables, roles that may export, and decisions of the DBA's.
CREATE EXTENSION export_leads VERSION '1.1.0';
SELECT * FROM export_leads_setup();
CREATE POLICY not_deleted ON leads AS RESTRICTIVE USING (notes IS DISTINCT FROM 'deleted');
SELECT * FROM export_leads_setup(session_setting => 'app.tenant_id', grants_required => true,
                                 superusers_exempt => true, accepted_policies => '{not_deleted}');
SELECT export_leads_grant('former_app', '7');
SELECT export_leads_add_column('city', 'upper(lead.notes)', 'עיר');
SELECT export_leads_set_header('phone', 'טלפון');
SELECT * FROM export_leads_save(7, 'new');
INSERT INTO export_leads_schedules (tenant, status, at, time_zone, format, role)
VALUES ('7', 'new', '08:00', 'Asia/Jerusalem', 'csv', 'former_app');
INSERT INTO export_leads_deliveries (tenant, export_id, recipient)
SELECT tenant, export_id, 'owner@example.com' FROM export_leads_exports;
GRANT EXECUTE ON FUNCTION export_leads_csv(bigint, text, text[], export_leads_time_bound, export_leads_time_bound)
    TO former_app WITH GRANT OPTION;
GRANT EXECUTE ON FUNCTION export_leads_filename(text, text, date) TO former_app;
GRANT EXECUTE ON FUNCTION export_leads_csv(uuid, text, text[], export_leads_time_bound, export_leads_time_bound)
    TO PUBLIC;
GRANT EXECUTE ON FUNCTION export_leads_setup TO "former dba" WITH GRANT OPTION;
GRANT EXECUTE ON FUNCTION _export_leads_findings TO "former dba";
INSERT INTO export_leads_cluster (key) VALUES ('of a former cluster');
CREATE VIEW site_fields AS SELECT * FROM _export_leads_fields();
CREATE FUNCTION site_count() RETURNS bigint LANGUAGE sql RETURN (SELECT count(*) FROM site_fields);
ALTER EXTENSION export_leads ADD FUNCTION site_count();
