
-- What 2_changes.sql noted of those who might call what it dropped.
DO $$
BEGIN
    EXECUTE pg_catalog.current_setting('export_leads_update.grants');
END;
$$;
