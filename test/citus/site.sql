-- The tables as Citus takes them: the tenant is in each primary key, and is never null. 20 tenants, one without calls;
-- a column was dropped before the rows came, so that shards number theirs otherwise.

CREATE TABLE leads (
    id bigint, tenant_id int NOT NULL, obsolete text, first_name varchar(255),
    last_name varchar(255), name varchar(255), phone_e164 varchar(64), email varchar(255), source varchar(32),
    status varchar(32) DEFAULT 'new', notes text, created_at timestamp, PRIMARY KEY (tenant_id, id));
ALTER TABLE leads DROP COLUMN obsolete;
CREATE TABLE lead_statuses (
    id int, business_id int NOT NULL, name varchar(64), label varchar(128), PRIMARY KEY (business_id, id),
    UNIQUE (business_id, name));
CREATE TABLE call_log (
    id bigint, business_id int NOT NULL, lead_id bigint, call_status varchar(32), created_at timestamp,
    PRIMARY KEY (business_id, id));

INSERT INTO lead_statuses
SELECT place, tenant, name, format('תווית %s של %s', name, tenant)
FROM generate_series(1, 20) AS tenant, unnest(ARRAY['new', 'won', 'lost', 'hot']) WITH ORDINALITY AS s (name, place);
INSERT INTO leads (id, tenant_id, first_name, last_name, phone_e164, email, source, status, notes, created_at)
SELECT n, 1 + n % 20, 'שם ' || n, NULLIF('כהן ' || n % 7, 'כהן 3'), '+97250' || n, format('a%s@example.co.il', n),
       'web', (ARRAY['new', 'won', 'lost', 'hot', 'other'])[1 + n / 20 % 5],
       repeat('הערה, "x" =1', n % 5), timestamp '2025-01-01' + n * interval '37 seconds'
FROM generate_series(1, 6000) AS n;
INSERT INTO call_log
SELECT n, 1 + n % 19, 1 + n % 6000, 'answered ' || n % 3, timestamp '2025-03-01' + n * interval '11 seconds'
FROM generate_series(1, 12000) AS n;
