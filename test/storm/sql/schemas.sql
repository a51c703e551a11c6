-- The roles of the storm: of the tables' owner, of the web application, and of somebody without a grant.

CREATE ROLE storm_owner LOGIN;
CREATE ROLE storm_app LOGIN;
CREATE ROLE storm_stranger LOGIN;
CREATE SCHEMA crm AUTHORIZATION storm_owner;
CREATE SCHEMA storm;
