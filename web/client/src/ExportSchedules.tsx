// The schedules of a status: when each runs next, pausing and removing them, and making new ones.
import * as React from "react";
import { Pause, Play } from "lucide-react";
import { ExportError, type Format } from "./exportLeads";
import { fetchSchedules, makeSchedule, pauseSchedule, removeSchedule, type Schedule } from "./pastExports";
import { RemoveButton } from "./RemoveButton";
import {
  daysInWords, firstSchedule, PERIODS, runInWords, scheduleOf, WEEKDAYS, type ScheduleChoice,
} from "./scheduleChoice";

export interface ExportSchedulesProps {
  status: string;
  tenant: string | number;
}

export function ExportSchedules({ status, tenant }: ExportSchedulesProps) {
  const [schedules, setSchedules] = React.useState<Schedule[]>();
  const [choice, setChoice] = React.useState(firstSchedule);
  const [isBusy, setIsBusy] = React.useState(false);
  const [done, setDone] = React.useState("");
  const [error, setError] = React.useState("");
  const heading = React.useRef<HTMLHeadingElement>(null);
  const controller = React.useRef<AbortController | undefined>(undefined);
  const days = React.useId();

  /** Runs what asks the endpoint, shows the schedules as they are then, and says what went wrong. */
  async function attempt(success: string, ask: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
    const { signal } = controller.current!;
    setDone("");
    setError("");
    setIsBusy(true);
    try {
      await ask(signal);
      const shown = await fetchSchedules(tenant, status, signal);
      if (signal.aborted) return false;
      setSchedules(shown);
      setDone(success);
      return true;
    } catch (reason) {
      if (signal.aborted) return false;
      if (!(reason instanceof ExportError)) throw reason;
      setError(reason.message);
      return false;
    } finally {
      setIsBusy(false);
    }
  }

  async function make() {
    if (isBusy) return;
    const isMade = await attempt("התזמון נוצר",
      (signal) => makeSchedule(tenant, scheduleOf(status, choice), signal));
    if (isMade) setChoice(firstSchedule());
  }

  async function remove({ id }: Schedule) {
    if (await attempt("התזמון נמחק", (signal) => removeSchedule(tenant, id, signal))) heading.current?.focus();
  }

  const change = (changed: Partial<ScheduleChoice>) => setChoice((now) => ({ ...now, ...changed }));

  React.useEffect(() => {
    controller.current = new AbortController();
    void attempt("", async () => {});
    return () => controller.current?.abort();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once for what is shown
  }, [tenant, status]);

  return (
    <>
      <h3 ref={heading} tabIndex={-1}>תזמונים</h3>
      <ul className="export-leads-list">
        {schedules?.map((schedule) => {
          const name = `${schedule.name ?? daysInWords(schedule)} בשעה ${schedule.at}`;
          return (
            <li key={schedule.id}>
              <div>
                <p>
                  {schedule.name !== null && <><bdi>{schedule.name}</bdi> · </>}
                  {daysInWords(schedule)} בשעה {schedule.at} (<bdi>{schedule.time_zone}</bdi>)
                </p>
                <p>{PERIODS[schedule.period ?? ""]} · {schedule.format === "xlsx" ? "Excel" : "CSV"}</p>
                {schedule.recipients.length > 0 && (
                  <p>נמענים: {schedule.recipients.map((address, place) => (
                    <React.Fragment key={address}>{place > 0 && ", "}<bdi>{address}</bdi></React.Fragment>
                  ))}</p>
                )}
                {schedule.paused
                  ? <p>{schedule.paused_by === "failures" ? "הושהה אחרי כישלונות חוזרים" : "מושהה"}</p>
                  : <>
                      {schedule.failures > 0 && <p>הייצוא האחרון נכשל ויבוצע שוב</p>}
                      <p id={`${days}-${schedule.id}`}>הייצואים הבאים:</p>
                      <ul aria-labelledby={`${days}-${schedule.id}`} className="export-leads-runs">
                        {schedule.next_runs.map((run) => (
                          <li key={run}><time dateTime={run}>{runInWords(run, schedule.time_zone)}</time></li>
                        ))}
                      </ul>
                    </>}
              </div>
              <button
                type="button" title={schedule.paused ? "המשך" : "השהיה"}
                aria-label={`${schedule.paused ? "המשך התזמון" : "השהיית התזמון"}: ${name}`} aria-disabled={isBusy}
                onClick={() => isBusy || attempt(schedule.paused ? "התזמון ממשיך" : "התזמון הושהה",
                  (signal) => pauseSchedule(tenant, schedule.id, !schedule.paused, signal))}
              >
                {schedule.paused ? <Play aria-hidden /> : <Pause aria-hidden />}
              </button>
              <RemoveButton
                label={`מחיקת התזמון: ${name}`} question="למחוק את התזמון?" onRemove={() => remove(schedule)}
              />
            </li>
          );
        })}
      </ul>
      {schedules?.length === 0 && <p>אין תזמונים לעמודה זו</p>}
      <form onSubmit={(event) => { event.preventDefault(); void make(); }}>
        <h3>תזמון חדש</h3>
        <fieldset>
          <legend>מתי</legend>
          <select
            aria-label="ימים" value={choice.days}
            onChange={(event) => change({ days: event.target.value as ScheduleChoice["days"] })}
          >
            <option value="all">בכל יום</option>
            <option value="week">בימים קבועים בשבוע</option>
            <option value="month">בימים קבועים בחודש</option>
          </select>
          {choice.days === "week" && WEEKDAYS.map((name, weekday) => (
            <label key={name}>
              <input
                type="checkbox" checked={choice.weekdays.includes(weekday)}
                onChange={({ target }) => change({ weekdays: target.checked ? [...choice.weekdays, weekday]
                  : choice.weekdays.filter((other) => other !== weekday) })}
              />
              {name}
            </label>
          ))}
          {choice.days === "month" && (
            <>
              <label>
                ימי החודש, עם פסיקים ביניהם
                <input
                  type="text" dir="ltr" inputMode="numeric" value={choice.monthDays}
                  onChange={(event) => change({ monthDays: event.target.value })}
                />
              </label>
              <label>
                <input
                  type="checkbox" checked={choice.isLastDay}
                  onChange={(event) => change({ isLastDay: event.target.checked })}
                />
                היום האחרון בחודש
              </label>
            </>
          )}
          <label>
            שעה
            <input type="time" value={choice.at} onChange={(event) => change({ at: event.target.value })} />
          </label>
          <label>
            אזור זמן
            <input
              type="text" dir="ltr" value={choice.timeZone}
              onChange={(event) => change({ timeZone: event.target.value })}
            />
          </label>
        </fieldset>
        <fieldset>
          <legend>מה</legend>
          <select
            aria-label="אילו לידים" value={choice.period} onChange={(event) => change({ period: event.target.value })}
          >
            {Object.entries(PERIODS).map(([period, words]) => <option key={period} value={period}>{words}</option>)}
          </select>
          {([["xlsx", "Excel"], ["csv", "CSV"]] as [Format, string][]).map(([format, title]) => (
            <label key={format}>
              <input
                type="radio" name="scheduled-format" checked={choice.format === format}
                onChange={() => change({ format })}
              />
              {title}
            </label>
          ))}
        </fieldset>
        <label className="export-leads-wide">
          נמענים (לא חובה): כתובות דוא״ל, בשורות או עם פסיקים
          <textarea
            dir="ltr" rows={2} value={choice.recipients}
            onChange={(event) => change({ recipients: event.target.value })}
          />
        </label>
        <label className="export-leads-wide">
          שם (לא חובה)
          <input type="text" value={choice.name} onChange={(event) => change({ name: event.target.value })} />
        </label>
        <p role="status">{done || (!schedules && !error && "טעינה…")}</p>
        {error && <p role="alert">{error}</p>}
        <button type="submit" aria-disabled={isBusy}>יצירת תזמון</button>
      </form>
    </>
  );
}
