
-- What 1.1.0 changes in the tables: see begin.sql.
CREATE TABLE @extschema@.export_leads_cluster (
    singleton boolean NOT NULL DEFAULT true PRIMARY KEY CHECK (singleton),
    key       text    NOT NULL
);
COMMENT ON TABLE @extschema@.export_leads_cluster IS
    'What the nodes of a Citus cluster know each other''s calls by';
