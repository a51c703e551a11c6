// What a schedule's choice is sent as, and how schedules are told in words.
import { expect, test } from "vitest";
import { daysInWords, firstSchedule, runInWords, scheduleOf } from "../src/scheduleChoice";

test.each([
  [{}, { at: "08:00", format: "xlsx" }],
  [{ timeZone: " Europe/London ", name: " a ", period: "day", format: "csv" },
    { at: "08:00", format: "csv", time_zone: "Europe/London", name: "a", period: "day" }],
  [{ days: "week", weekdays: [3, 0], monthDays: "1" }, { at: "08:00", format: "xlsx", weekdays: [3, 0] }],
  [{ days: "week", at: "" }, { at: "", format: "xlsx", weekdays: [] }],
  [{ days: "month", monthDays: " 1,15 ,, 31 " }, { at: "08:00", format: "xlsx", month_days: [1, 15, 31] }],
  [{ days: "month", isLastDay: true, weekdays: [1] }, { at: "08:00", format: "xlsx", month_days: [-1] }],
  // the endpoint refuses day 0
  [{ days: "month", monthDays: "-1 1.5 x 1e1 132" }, { at: "08:00", format: "xlsx", month_days: [0, 0, 0, 0, 0] }],
  [{ recipients: "a@example.com\r\n\n b@example.com\n" },
    { at: "08:00", format: "xlsx", recipients: ["a@example.com", "b@example.com"] }],
  [{ recipients: " \n" }, { at: "08:00", format: "xlsx" }],
] as const)("%j is sent as %j", (chosen, sent) => {
  expect(scheduleOf("new", { ...firstSchedule(), timeZone: "", ...chosen } as ReturnType<typeof firstSchedule>))
    .toEqual({ status: "new", ...sent });
});

test.each([
  [null, null, "בכל יום"],
  [[0], null, "ביום ראשון"],
  [[0, 6], null, "בימים ראשון, שבת"],
  [null, [1, 15], "ב־1, 15 בחודש"],
  [null, [-1], "ביום האחרון בחודש"],
  [[5], [-1, 1], "ביום שישי וגם ב־1 בחודש וגם ביום האחרון בחודש"],
])("the weekdays %j and the days of the month %j are %s", (weekdays, month_days, words) => {
  expect(daysInWords({ weekdays, month_days })).toBe(words);
});

test("a run is told in the schedule's zone, and in the browser's where that does not know it", () => {
  expect(runInWords("2025-12-24T23:30:00+00:00", "Asia/Jerusalem")).toMatch(/^יום חמישי, .*25\.12\.2025.* 0?1:30$/);
  expect(runInWords("2025-12-24T23:30:00+00:00", "America/New_York")).toMatch(/^יום רביעי, .*24\.12\.2025.* 18:30$/);
  expect(runInWords("2025-12-24T23:30:00+00:00", "Nowhere/Land")).toMatch(/2025/);
});
