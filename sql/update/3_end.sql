
-- What 2_changes.sql noted of those who might call what it dropped.
DO $$
BEGIN
    EXECUTE pg_catalog.current_setting('export_leads_update.grants');
END;
$$;

-- What the tables are called when the update comes.
UPDATE @extschema@.export_leads_configuration AS c
SET table_names = @extschema@._export_leads_names_of(ARRAY[c.leads, c.statuses, c.calls]::regclass[]);
