// The form in which an export is chosen: the file's format, the days, the columns and their order.
import * as React from "react";
import { ArrowDown, ArrowUp } from "lucide-react";
import {
  daysOf, hebrewName, PERIODS, rememberChoice, rememberedChoice, type Choice, type Period,
} from "./exportChoice";
import {
  fetchColumns, fetchCount, leadsInWords, type ExportError, type ExportRequest, type Progress,
} from "./exportLeads";

export interface ExportFormProps {
  status: string;
  tenant: string | number;
  /** Of the export that runs. */
  progress: Progress | undefined;
  /** Of the last export. */
  outcome: { success?: string; error?: string };
  onExport: (chosen: Pick<ExportRequest, "format" | "columns" | "from" | "to">) => void;
  onStop: () => void;
  onCancel: () => void;
}

export function ExportForm({ status, tenant, progress, outcome, onExport, onStop, onCancel }: ExportFormProps) {
  const dragged = React.useRef(-1);
  const [choice, setChoice] = React.useState(() => rememberedChoice([]));
  const [columnsError, setColumnsError] = React.useState("");
  const [count, setCount] = React.useState("");
  const [moved, setMoved] = React.useState("");
  const { columns } = choice;
  const days = daysOf(choice);
  const { from, to } = days;
  const error = outcome.error ?? columnsError;
  const chosen = columns.filter((column) => column.isChosen).map((column) => column.name);

  React.useEffect(() => {
    const controller = new AbortController();
    fetchColumns(tenant, controller.signal).then(
      (available) => setChoice((now) => ({ ...now, columns: rememberedChoice(available).columns })),
      (reason: ExportError) => { if (!controller.signal.aborted) setColumnsError(reason.message); });
    return () => controller.abort();
  }, [tenant]);

  React.useEffect(() => {
    const controller = new AbortController();
    setCount("");
    const timer = setTimeout(() => { // a date is typed in several steps
      fetchCount({ status, tenant, from, to }, controller.signal).then(
        (leads) => setCount(leadsInWords(leads)),
        (reason: ExportError) => { if (!controller.signal.aborted) setCount(reason.message); });
    }, 200);
    return () => { clearTimeout(timer); controller.abort(); };
  }, [status, tenant, from, to]);

  function change(changed: Partial<Choice>) {
    setChoice((now) => ({ ...now, ...changed }));
  }

  function move(place: number, newPlace: number) {
    const column = columns[place];
    if (!column || !columns[newPlace]) return;
    const others = columns.filter((other) => other !== column);
    change({ columns: [...others.slice(0, newPlace), column, ...others.slice(newPlace)] });
    setMoved(`${hebrewName(column) || column.header}: מקום ${newPlace + 1} מתוך ${columns.length}`);
  }

  function submit() {
    if (progress || chosen.length === 0) return;
    rememberChoice(choice);
    onExport({ format: choice.format, columns: chosen, ...days });
  }

  return (
    <form onSubmit={(event) => { event.preventDefault(); submit(); }}>
      <fieldset>
        <legend>סוג הקובץ</legend>
        {([["xlsx", "Excel"], ["csv", "CSV"]] as const).map(([format, title]) => (
          <label key={format}>
            <input
              type="radio" name="format" checked={choice.format === format} onChange={() => change({ format })}
            />
            {title}
          </label>
        ))}
      </fieldset>
      <fieldset>
        <legend>תאריך יצירה</legend>
        <select
          aria-label="תקופה"
          value={choice.period}
          onChange={(event) => change({ ...days, period: event.target.value as Period })}
        >
          {Object.entries(PERIODS).map(([period, title]) => <option key={period} value={period}>{title}</option>)}
        </select>
        {([["from", "מתאריך"], ["to", "עד תאריך"]] as const).map(([end, title]) => (
          <label key={end}>
            {title}
            <input
              type="date" value={days[end]} min={end === "to" ? days.from : ""}
              max={(end === "from" && days.to) || "9999-12-31"}
              onChange={(event) => change({ period: "days", ...days, [end]: event.target.value })}
            />
          </label>
        ))}
      </fieldset>
      <fieldset>
        <legend>עמודות</legend>
        <ol>
          {columns.map((column, place) => (
            <li
              key={column.name}
              draggable
              onDragStart={(event) => { dragged.current = place; event.dataTransfer.setData("text/plain", ""); }}
              onDragOver={(event) => event.preventDefault()}
              onDragEnter={() => {
                if (dragged.current < 0) return; // something else is dragged over it
                move(dragged.current, place);
                dragged.current = place;
              }}
              onDragEnd={() => { dragged.current = -1; }}
            >
              <label>
                <input
                  type="checkbox" checked={column.isChosen}
                  onChange={() => change({ columns: columns.map(
                    (other) => other === column ? { ...column, isChosen: !column.isChosen } : other) })}
                />
                <span>{hebrewName(column)} <bdi>{column.header}</bdi></span>
              </label>
              {([["למעלה", -1, ArrowUp], ["למטה", 1, ArrowDown]] as const).map(([direction, step, Arrow]) => (
                <button
                  key={step} type="button" aria-label={`הזזת ${hebrewName(column) || column.header} ${direction}`}
                  aria-disabled={!columns[place + step]} onClick={() => move(place, place + step)}
                >
                  <Arrow aria-hidden />
                </button>
              ))}
            </li>
          ))}
        </ol>
      </fieldset>
      <footer>
        <p role="status">
          {outcome.success && `${outcome.success}. `}
          {columns.length > 0 && chosen.length === 0 ? "יש לבחור לפחות עמודה אחת" : count !== error && count}
        </p>
        {error && <p role="alert">{error}</p>}
        <p role="status" className="export-leads-unseen">{moved}</p>
        {progress && (
          <p>
            <progress
              aria-label="התקדמות הייצוא"
              {...(progress.total > 0 && { value: progress.received, max: progress.total })}
            />
            {progress.received > 0 ? bytes(progress) : "הקובץ בהכנה"}
          </p>
        )}
        <button type="submit" aria-disabled={progress !== undefined || chosen.length === 0}>ייצוא</button>
        <button type="button" onClick={progress ? onStop : onCancel}>
          {progress ? "עצירת הייצוא" : "ביטול"}
        </button>
      </footer>
    </form>
  );
}

function bytes({ received, total }: Progress): string {
  const megabytes = (size: number) => (size / 1e6).toLocaleString("he-IL", { maximumFractionDigits: 1 });
  return total > 0 ? `${megabytes(received)} מתוך ${megabytes(total)} מ״ב` : `${megabytes(received)} מ״ב`;
}
