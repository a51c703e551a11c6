
-- What 1.1.0 changes in the tables once its functions are there: see begin.sql.
CREATE CONSTRAINT TRIGGER export_leads_tell_workers
AFTER INSERT OR UPDATE OR DELETE ON @extschema@.export_leads_cluster
DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION @extschema@._export_leads_tell_workers();
