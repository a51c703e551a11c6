// Asks the endpoint for past exports and for schedules, and changes them.
import { ask, ExportError, readExport, UNREADABLE, type ExportedFile, type Format, type Progress } from "./exportLeads";

/** An export that is kept, as the endpoint tells of it. Times are ISO 8601. */
export interface PastExport {
  id: string;
  format: Format;
  /** Who exported, where the application has said it. */
  requested_by: string | null;
  /** The schedule that made it. */
  schedule_id: string | null;
  started_at: string;
  leads: number | null;
  bytes: number | null;
  state: "running" | "done" | "failed" | "expired";
  /** Why it failed, in words. */
  reason: string | null;
  /** How long the file is kept. */
  expires_at: string | null;
}

/** What a schedule is made of; days that are not given are all of them. */
export interface NewSchedule {
  status: string;
  name?: string;
  /** As HH:MM, in the zone. */
  at: string;
  /** 0 is Sunday. */
  weekdays?: number[];
  /** -1 is the last. */
  month_days?: number[];
  time_zone?: string;
  format: Format;
  period?: string;
  recipients?: string[];
}

export interface Schedule {
  id: string;
  name: string | null;
  status: string;
  at: string;
  weekdays: number[] | null;
  month_days: number[] | null;
  time_zone: string;
  format: Format;
  period: string | null;
  recipients: string[];
  paused: boolean;
  /** "failures" where it has failed too often. */
  paused_by: string | null;
  failures: number;
  next_runs: string[];
}

type Tenant = string | number;

/** A page of a status's exports, the newest first: those before the moment, or the newest of all. */
export const fetchPastExports = (tenant: Tenant, status: string, before: string | undefined, signal: AbortSignal) =>
  ask("/history", { tenant, status, before, limit: 20 }, signal, async (response) => {
    const answer = (await response.json()) as { exports?: PastExport[]; more?: boolean } | null;
    if (!Array.isArray(answer?.exports)) throw new ExportError(UNREADABLE);
    return { exports: answer.exports, more: answer.more === true };
  });

export const fetchPastExport = (
  tenant: Tenant, id: string, signal: AbortSignal, onProgress: (progress: Progress) => void,
): Promise<ExportedFile> => ask(`/history/${id}`, { tenant }, signal, (response) => readExport(response, onProgress));

export const removePastExport = (tenant: Tenant, id: string, signal: AbortSignal) =>
  ask(`/history/${id}`, { tenant }, signal, nothing, { method: "DELETE" });

/** Those of a status. */
export const fetchSchedules = (tenant: Tenant, status: string, signal: AbortSignal) =>
  ask("/schedules", { tenant }, signal, async (response) => {
    const answer = (await response.json()) as { schedules?: Schedule[] } | null;
    if (!Array.isArray(answer?.schedules)) throw new ExportError(UNREADABLE);
    return answer.schedules.filter((schedule) => schedule.status === status);
  });

export const makeSchedule = (tenant: Tenant, schedule: NewSchedule, signal: AbortSignal) =>
  ask("/schedules", { tenant }, signal, nothing, { method: "POST", body: schedule });

export const pauseSchedule = (tenant: Tenant, id: string, paused: boolean, signal: AbortSignal) =>
  ask(`/schedules/${id}/pause`, { tenant }, signal, nothing, { method: "POST", body: { paused } });

export const removeSchedule = (tenant: Tenant, id: string, signal: AbortSignal) =>
  ask(`/schedules/${id}`, { tenant }, signal, nothing, { method: "DELETE" });

async function nothing(): Promise<void> {}
