-- A policy of the site's own that makes finding a status last a moment, so that trees of tables change meanwhile.

-- Called immutable so that set-up accepts it: what it answers never changes.
CREATE FUNCTION storm.nap(name text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 100000 AS $$
BEGIN
  PERFORM pg_sleep(random() * 0.004);
  RETURN true;
END;
$$;
CREATE POLICY nap ON crm.lead_statuses AS RESTRICTIVE FOR SELECT TO export_leads_reader USING (storm.nap(name));
SELECT FROM export_leads_setup(accepted_policies => '{nap}');
