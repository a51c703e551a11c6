
-- What a schedule may be made of. What is refused is of class 22, says what would do instead, and nothing is stored.

-- Whether a text is an address that mail can be sent to: an addr-spec of RFC 5322 without its quotes and comments, in
-- ASCII, as SMTP takes it without extensions (RFC 5321 gives the lengths). A domain in other letters has a form in
-- ASCII, xn--... (RFC 5890).
CREATE FUNCTION @extschema@._export_leads_is_mail_address(address text)
RETURNS boolean
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT octet_length(address) <= 254 AND octet_length(split_part(address, '@', 1)) <= 64
       AND address COLLATE "C" ~ ('^[A-Za-z0-9!#$%&''*+/=?^_`{|}~-]+([.][A-Za-z0-9!#$%&''*+/=?^_`{|}~-]+)*'
                                  '@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?'
                                  '([.][A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$');
END;
COMMENT ON FUNCTION @extschema@._export_leads_is_mail_address(text) IS
    'Internal: whether a text is an address that mail can be sent to';

-- Recipients, each once and in the order in which they were given. A domain is the same in capitals; what is before the
-- @ may be another's.
CREATE FUNCTION @extschema@._export_leads_distinct_recipients(recipients text[])
RETURNS text[]
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT COALESCE(array_agg(d.address ORDER BY d.place), '{}')
    FROM (SELECT DISTINCT ON (split_part(r.address, '@', 1), lower(split_part(r.address, '@', 2))) r.address, r.place
          FROM unnest(recipients) WITH ORDINALITY AS r (address, place)
          ORDER BY split_part(r.address, '@', 1), lower(split_part(r.address, '@', 2)), r.place) AS d;
END;
COMMENT ON FUNCTION @extschema@._export_leads_distinct_recipients(text[]) IS
    'Internal: recipients without those that are given twice';

-- Whether a text can be one line of a mail's header: no control character, line or paragraph separator.
CREATE FUNCTION @extschema@._export_leads_is_line(line text)
RETURNS boolean
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT line COLLATE "C" !~ '[\u0001-\u001f\u007f-\u009f\u2028\u2029]'
       AND line COLLATE "C" ~ '[^\s\u00a0\u200e\u200f]';
END;
COMMENT ON FUNCTION @extschema@._export_leads_is_line(text) IS
    'Internal: whether a text is one line that is not blank';

-- Raises what is wrong with a schedule that is to be made, and returns it as it is stored: the days sorted, Sunday as
-- 0, each recipient once.
CREATE FUNCTION @extschema@._export_leads_checked_schedule(schedule @extschema@.export_leads_schedules)
RETURNS @extschema@.export_leads_schedules
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wrong record;
    available text[];
BEGIN
    SELECT a.name INTO wrong
    FROM (VALUES ('weekdays', array_ndims(schedule.weekdays)), ('month_days', array_ndims(schedule.month_days)),
                 ('recipients', array_ndims(schedule.recipients)), ('columns', array_ndims(schedule.columns)))
         AS a (name, dimensions)
    WHERE a.dimensions > 1
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('%s must be an array of one dimension', wrong.name),
            HINT = 'Write it as in ''{a,b}'', or as in ARRAY[''a'', ''b''].';
    END IF;
    SELECT w.* INTO wrong
    FROM (VALUES
        (schedule.status IS NULL, 'null_value_not_allowed', 'status must not be null',
         'Name a status, such as ''new''.'),
        -- As an export has it: src/core/status.hpp.
        (schedule.status = '', 'invalid_parameter_value', 'status must not be empty',
         'Name a status, such as ''new''.'),
        (octet_length(schedule.status) > 64, 'invalid_parameter_value',
         'status must not be longer than 64 characters', 'Give the status by its name, not by its label.'),
        (schedule.status COLLATE "C" !~ '^[A-Za-z0-9_-]*$', 'invalid_parameter_value',
         'status must hold letters a-z, digits, "_" and "-" only', 'Give the status by its name, not by its label.'),
        (schedule.at IS NULL, 'null_value_not_allowed', 'at must not be null',
         'Give the time of the day at which to export, such as ''08:00''.'),
        (schedule.at = '24:00', 'invalid_parameter_value', 'at must be a time of the day before 24:00',
         'Give 00:00 for the beginning of the next day.'),
        (cardinality(schedule.weekdays) = 0, 'invalid_parameter_value', 'weekdays must not be empty',
         'Give NULL for every day.'),
        (array_position(schedule.weekdays, NULL) IS NOT NULL, 'null_value_not_allowed',
         'weekdays must not contain null', 'Give days from 0 (Sunday) to 6 (Saturday), or NULL for every day.'),
        (NOT schedule.weekdays <@ '{0,1,2,3,4,5,6,7}', 'invalid_parameter_value',
         'weekdays must be days from 0 (Sunday) to 6 (Saturday)',
         'Give days from 0 (Sunday) to 6 (Saturday), or NULL for every day.'),
        (cardinality(schedule.month_days) = 0, 'invalid_parameter_value', 'month_days must not be empty',
         'Give NULL for every day.'),
        (array_position(schedule.month_days, NULL) IS NOT NULL, 'null_value_not_allowed',
         'month_days must not contain null', 'Give days from 1 to 31 or -1 for the last, or NULL for every day.'),
        (NOT schedule.month_days <@ ('{-1}' || ARRAY(SELECT generate_series(1, 31))), 'invalid_parameter_value',
         'month_days must be days from 1 to 31, or -1 for the last',
         'Give days from 1 to 31 or -1 for the last, or NULL for every day.'),
        (NOT @extschema@._export_leads_is_time_zone(schedule.time_zone), 'invalid_parameter_value',
         format('"%s" is not the full name of a time zone', schedule.time_zone),
         'Name it as pg_timezone_names does, such as Asia/Jerusalem.'),
        (schedule.period NOT IN ('day', 'week', 'month', 'since_last_success'), 'invalid_parameter_value',
         format('unknown period "%s"', schedule.period),
         'The periods are: day, week, month, since_last_success; NULL is all leads.'),
        (cardinality(schedule.recipients) = 0, 'invalid_parameter_value', 'recipients must not be empty',
         'Give NULL for none.'),
        (array_position(schedule.recipients, NULL) IS NOT NULL, 'null_value_not_allowed',
         'recipients must not contain null', 'Give NULL instead of the array for none.'),
        (cardinality(schedule.recipients) > 50, 'invalid_parameter_value', 'there must be no more than 50 recipients',
         'Give the address of a mailing list.'),
        (NOT @extschema@._export_leads_is_line(schedule.name), 'invalid_parameter_value',
         'name must be one line that is not blank', 'Give a name without control characters, or NULL for none.'),
        (char_length(schedule.name) > 200, 'invalid_parameter_value', 'name must not be longer than 200 characters',
         'Give a shorter name, or NULL for none.'),
        (NOT @extschema@._export_leads_is_line(schedule.requested_by), 'invalid_parameter_value',
         'requested_by must be one line that is not blank',
         'Give what the application calls its user, or NULL for nobody.'),
        (char_length(schedule.requested_by) > 200, 'invalid_parameter_value',
         'requested_by must not be longer than 200 characters',
         'Give what the application calls its user, or NULL for nobody.'),
        (cardinality(schedule.columns) = 0, 'invalid_parameter_value', 'columns must not be empty',
         'Give NULL for the columns of the default file.'),
        (array_position(schedule.columns, NULL) IS NOT NULL, 'invalid_parameter_value',
         'columns must not contain null', 'Give NULL for the columns of the default file.')
    ) AS w (is_wrong, code, message, hint)
    WHERE w.is_wrong
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = wrong.code, MESSAGE = wrong.message, HINT = wrong.hint;
    END IF;
    -- What is no address is not repeated: it may hold what breaks a line.
    SELECT r.place INTO wrong
    FROM unnest(schedule.recipients) WITH ORDINALITY AS r (address, place)
    WHERE NOT @extschema@._export_leads_is_mail_address(r.address)
    ORDER BY r.place
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('recipient %s is not a mail address', wrong.place),
            HINT = 'Give addresses such as dana@example.com, each as an element of its own and without a name; a '
                   'domain in other letters as xn--....';
    END IF;
    -- Raises what an export raises for a format that it does not know.
    PERFORM @extschema@.export_leads_filename(schedule.status, schedule.format, date '2000-01-01');
    IF schedule.columns IS NOT NULL THEN
        SELECT array_agg(a.name) INTO available FROM @extschema@.export_leads_available_columns() AS a;
        SELECT c.name, count(*) > 1 AS is_double INTO wrong
        FROM unnest(schedule.columns) AS c (name)
        GROUP BY c.name
        HAVING count(*) > 1 OR c.name <> ALL (available)
        ORDER BY c.name
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION USING
                ERRCODE = 'invalid_parameter_value',
                MESSAGE = format(CASE WHEN wrong.is_double THEN 'column "%s" is given twice'
                                      ELSE 'unknown column "%s"' END, wrong.name),
                HINT = format('The columns are: %s.', array_to_string(available, ', '));
        END IF;
    END IF;
    SELECT array_agg(DISTINCT d % 7 ORDER BY d % 7) INTO schedule.weekdays FROM unnest(schedule.weekdays) AS d;
    SELECT array_agg(DISTINCT d ORDER BY d) INTO schedule.month_days FROM unnest(schedule.month_days) AS d;
    schedule.recipients := @extschema@._export_leads_distinct_recipients(schedule.recipients);
    RETURN schedule;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_checked_schedule(@extschema@.export_leads_schedules) IS
    'Internal: raises what is wrong with a schedule, and returns it as it is stored';
