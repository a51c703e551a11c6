-- Rules that change while exports wait for the tables, and when storm_stranger was certainly refused by them.

SELECT export_leads_grant(role, tenant)
FROM unnest(ARRAY[current_user::regrole, 'storm_owner', 'storm_app']) AS role, unnest(ARRAY[7, 13]::bigint[]) AS tenant;

-- Each time from a moment at which the leads are locked for a change to the next such moment.
CREATE TABLE storm.refusals (since timestamptz NOT NULL, until timestamptz);

-- Changes a rule under the locks that set-up takes where it changes a policy, in its order.
CREATE FUNCTION storm.rule(change text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  LOCK TABLE public.export_leads_configuration IN SHARE ROW EXCLUSIVE MODE;
  LOCK TABLE crm.leads;
  UPDATE storm.refusals SET until = clock_timestamp() WHERE until IS NULL;
  EXECUTE change;
  INSERT INTO storm.refusals
  SELECT clock_timestamp()
  FROM public.export_leads_configuration AS c
  WHERE c.grants_required AND NOT EXISTS (SELECT FROM public.export_leads_grants WHERE grantee = 'storm_stranger');
  PERFORM pg_sleep(0.01);
END;
$$;

CREATE FUNCTION storm.require_grants(required boolean) RETURNS void LANGUAGE sql AS $$
  SELECT storm.rule(format('SELECT FROM public.export_leads_setup(grants_required => %L)', required));
$$;
CREATE FUNCTION storm.grant() RETURNS void LANGUAGE sql AS $$
  SELECT storm.rule('SELECT public.export_leads_grant(''storm_stranger'', 7), '
                    '       public.export_leads_grant(''storm_stranger'', 13)');
$$;
CREATE FUNCTION storm.revoke() RETURNS void LANGUAGE sql AS $$
  SELECT storm.rule('SELECT public.export_leads_revoke(''storm_stranger'', 7), '
                    '       public.export_leads_revoke(''storm_stranger'', 13)');
$$;

-- Of the moments at which storm_stranger had a file and still its lock on the leads, those at which it was refused.
CREATE FUNCTION storm.forbidden(moments timestamptz[]) RETURNS SETOF timestamptz LANGUAGE sql BEGIN ATOMIC
  SELECT m FROM unnest(moments) AS m
  WHERE EXISTS (SELECT FROM storm.refusals AS r WHERE m > r.since AND m < coalesce(r.until, 'infinity'));
END;
