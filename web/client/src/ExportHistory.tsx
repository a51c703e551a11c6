// The past exports of a status: who made them and when, what is in them, and their files again.
import * as React from "react";
import { Download } from "lucide-react";
import { ExportError, leadsInWords, saveFile, sizeInWords, type Progress } from "./exportLeads";
import { fetchPastExport, fetchPastExports, removePastExport, type PastExport } from "./pastExports";
import { RemoveButton } from "./RemoveButton";

export interface ExportHistoryProps {
  status: string;
  tenant: string | number;
}

const moment = (time: string) => new Date(time).toLocaleString("he-IL", { dateStyle: "short", timeStyle: "short" });
const day = (time: string) => new Date(time).toLocaleDateString("he-IL", { dateStyle: "short" });

export function ExportHistory({ status, tenant }: ExportHistoryProps) {
  const [exports, setExports] = React.useState<PastExport[]>();
  const [hasMore, setHasMore] = React.useState(false);
  const [done, setDone] = React.useState("");
  const [error, setError] = React.useState("");
  const [download, setDownload] = React.useState<{ id: string; progress: Progress }>();
  const heading = React.useRef<HTMLHeadingElement>(null);
  const controller = React.useRef<AbortController | undefined>(undefined);

  /** Runs what asks the endpoint, and says what went wrong. */
  async function attempt(ask: (signal: AbortSignal) => Promise<void>) {
    const { signal } = controller.current!;
    setDone("");
    setError("");
    try {
      await ask(signal);
    } catch (reason) {
      if (signal.aborted) return;
      if (!(reason instanceof ExportError)) throw reason;
      setError(reason.message);
    }
  }

  const load = (before?: string) => attempt(async (signal) => {
    const page = await fetchPastExports(tenant, status, before, signal);
    if (signal.aborted) return;
    setExports((shown) => (before && shown ? [...shown, ...page.exports] : page.exports));
    setHasMore(page.more);
  });

  const fetchAgain = ({ id }: PastExport) => attempt(async (signal) => {
    if (download) return;
    setDownload({ id, progress: { received: 0, total: 0 } });
    try {
      saveFile(await fetchPastExport(tenant, id, signal, (progress) => setDownload({ id, progress })));
      setDone("הקובץ הורד");
    } finally {
      setDownload(undefined);
    }
  });

  const remove = ({ id }: PastExport) => attempt(async (signal) => {
    await removePastExport(tenant, id, signal);
    setExports((shown) => shown?.filter((other) => other.id !== id));
    setDone("הייצוא נמחק");
    heading.current?.focus(); // what had the focus is gone
  });

  React.useEffect(() => {
    controller.current = new AbortController();
    void load();
    return () => controller.current?.abort();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once for what is shown
  }, [tenant, status]);

  return (
    <>
      <h3 ref={heading} tabIndex={-1}>ייצואים קודמים</h3>
      <ul className="export-leads-list">
        {exports?.map((past) => (
          <li key={past.id}>
            <div>
              <p>
                <time dateTime={past.started_at}>{moment(past.started_at)}</time>
                {past.schedule_id !== null && " · לפי תזמון"}
                {past.requested_by !== null && <> · <bdi>{past.requested_by}</bdi></>}
              </p>
              <p>{describe(past)}</p>
              {download?.id === past.id && (
                <progress
                  aria-label="התקדמות ההורדה"
                  {...(download.progress.total > 0 && { value: download.progress.received,
                    max: download.progress.total })}
                />
              )}
            </div>
            {past.state === "done" && (
              <button
                type="button" title="הורדה" aria-label={`הורדת הייצוא מ־${moment(past.started_at)}`}
                aria-disabled={download !== undefined} onClick={() => fetchAgain(past)}
              >
                <Download aria-hidden />
              </button>
            )}
            {past.state !== "running" && (
              <RemoveButton
                label={`מחיקת הייצוא מ־${moment(past.started_at)}`} question="למחוק את הייצוא?"
                onRemove={() => remove(past)}
              />
            )}
          </li>
        ))}
      </ul>
      {hasMore && (
        <button type="button" onClick={() => load(exports?.slice(-1)[0]?.started_at)}>הצגת ייצואים נוספים</button>
      )}
      <p role="status">
        {done || (!exports && !error && "טעינה…") || (exports?.length === 0 && "אין ייצואים קודמים")}
      </p>
      {error && <p role="alert">{error}</p>}
    </>
  );
}

function describe({ state, leads, bytes, format, reason, expires_at }: PastExport): string {
  switch (state) {
    case "running": return "הייצוא עוד לא הסתיים";
    case "failed": return reason ?? "הייצוא נכשל";
    case "expired": return `${leadsInWords(leads ?? 0)} · הקובץ כבר אינו נשמר`;
    default: return [leadsInWords(leads ?? 0), sizeInWords(bytes ?? 0), format === "xlsx" ? "Excel" : "CSV",
      expires_at && `נשמר עד ${day(expires_at)}`].filter(Boolean).join(" · ");
  }
}
