
-- At the end of the script, as the trigger needs its function; an update adds it with what else it changes of the
-- tables.
CREATE CONSTRAINT TRIGGER export_leads_tell_workers
AFTER INSERT OR UPDATE OR DELETE ON @extschema@.export_leads_cluster
DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION @extschema@._export_leads_tell_workers();
