// What a user chooses for a schedule, and schedules in words.
import type { Format } from "./exportLeads";
import type { NewSchedule, Schedule } from "./pastExports";

export interface ScheduleChoice {
  days: "all" | "week" | "month";
  /** 0 is Sunday. */
  weekdays: number[];
  /** As they are typed. */
  monthDays: string;
  isLastDay: boolean;
  /** As HH:MM. */
  at: string;
  timeZone: string;
  /** One of PERIODS. */
  period: string;
  format: Format;
  /** An address in each line. */
  recipients: string;
  name: string;
}

export const WEEKDAYS = ["ראשון", "שני", "שלישי", "רביעי", "חמישי", "שישי", "שבת"];

export const PERIODS: Record<string, string> = {
  "": "כל הלידים",
  day: "לידים שנוצרו ביום הקודם",
  week: "לידים שנוצרו בשבוע הקודם",
  month: "לידים שנוצרו בחודש הקודם",
  since_last_success: "לידים שנוצרו מאז הייצוא הקודם",
};

/** In the zone of the browser: the time that its user means. */
export const firstSchedule = (): ScheduleChoice => ({
  days: "all", weekdays: [], monthDays: "", isLastDay: false, at: "08:00",
  timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone, period: "", format: "xlsx", recipients: "", name: "",
});

/** What the endpoint makes the schedule of. What is wrong with it, the endpoint says. */
export function scheduleOf(status: string, choice: ScheduleChoice): NewSchedule {
  const parts = (text: string, separator: RegExp) => text.split(separator).map((part) => part.trim()).filter(Boolean);
  const monthDays = parts(choice.monthDays, /[\s,]+/).map((day) => (/^\d{1,2}$/.test(day) ? Number(day) : 0));
  const recipients = parts(choice.recipients, /[\n,;]/);
  return {
    status, at: choice.at, format: choice.format,
    ...(choice.days === "week" && { weekdays: choice.weekdays }),
    ...(choice.days === "month" && { month_days: choice.isLastDay ? [...monthDays, -1] : monthDays }),
    ...(choice.timeZone.trim() && { time_zone: choice.timeZone.trim() }),
    ...(choice.period && { period: choice.period }),
    ...(recipients.length > 0 && { recipients }),
    ...(choice.name.trim() && { name: choice.name.trim() }),
  };
}

export function daysInWords({ weekdays, month_days: monthDays }: Pick<Schedule, "weekdays" | "month_days">): string {
  const words: string[] = [];
  if (weekdays) {
    const names = weekdays.map((weekday) => WEEKDAYS[weekday]).join(", ");
    words.push(weekdays.length === 1 ? `ביום ${names}` : `בימים ${names}`);
  }
  const numbers = monthDays?.filter((day) => day > 0) ?? [];
  if (numbers.length > 0) words.push(`ב־${numbers.join(", ")} בחודש`);
  if (monthDays?.includes(-1)) words.push("ביום האחרון בחודש");
  return words.join(" וגם ") || "בכל יום";
}

/** A moment in the schedule's zone, or in the browser's where that does not know it. */
export function runInWords(moment: string, timeZone: string): string {
  const parts: Intl.DateTimeFormatOptions = {
    weekday: "long", day: "numeric", month: "numeric", year: "numeric", hour: "2-digit", minute: "2-digit",
  };
  try {
    return new Date(moment).toLocaleString("he-IL", { ...parts, timeZone });
  } catch {
    return new Date(moment).toLocaleString("he-IL", { ...parts, timeZoneName: "short" });
  }
}
