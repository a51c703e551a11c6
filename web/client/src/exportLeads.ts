// Asks the endpoint for exports and for what there is to choose, and hands files to the browser's download.

export type Format = "csv" | "xlsx";

export interface ExportRequest {
  status: string;
  /** Whose leads the page shows. The endpoint refuses another tenant than the session's: one may have been chosen
   * since, in another tab. */
  tenant: string | number;
  format: Format;
  /** Names, in the file's order; none stands for the standard columns. */
  columns?: string[];
  /** Days as YYYY-MM-DD, both included; the empty text is no bound. */
  from?: string;
  to?: string;
}

export interface Column {
  name: string;
  header: string;
}

/** In bytes; `total` is 0 where it is not known. */
export interface Progress {
  received: number;
  total: number;
}

export interface ExportedFile {
  name: string;
  content: Blob;
  /** NaN where the answer does not say it. */
  leadCount: number;
}

/** A request that failed, with a message for the user. */
export class ExportError extends Error {}

const NO_CONNECTION = "אין חיבור לשרת. יש לבדוק את הרשת ולנסות שוב";
export const UNREADABLE = "התקבלה תשובה לא תקינה מהשרת. יש לרענן את הדף ולנסות שוב";
const REFUSALS: Record<number, string | undefined> = {
  401: "ההתחברות פגה. יש להתחבר מחדש ולנסות שוב",
  403: "אין לך הרשאה לייצא את הלידים האלה",
};
const SERVER_FAILED = "הייצוא נכשל. יש לנסות שוב מאוחר יותר";

/** The file, whole. Like all that asks here, it throws an ExportError, or whatever `signal` makes of an abort. */
export function fetchExport(
  request: ExportRequest, signal: AbortSignal, onProgress: (progress: Progress) => void,
): Promise<ExportedFile> {
  return ask("", queryOf(request), signal, (response) => readExport(response, onProgress));
}

export async function readExport(
  response: Response, onProgress: (progress: Progress) => void,
): Promise<ExportedFile> {
  const name = fileName(response.headers.get("Content-Disposition"));
  if (!name || !response.body) throw new ExportError(UNREADABLE); // the sign-in page of a proxy, for one
  // What a proxy has compressed is counted there before, and here after it is unpacked.
  const total = response.headers.has("Content-Encoding") ? 0 : Number(response.headers.get("Content-Length")) || 0;
  const reader = response.body.getReader();
  const pieces: BlobPart[] = [];
  let received = 0;
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    pieces.push(piece.value);
    received += piece.value.length;
    onProgress({ received, total });
  }
  if (total !== 0 && received !== total) throw new ExportError(NO_CONNECTION);
  return { name, content: new Blob(pieces), leadCount: Number(response.headers.get("X-Lead-Count") || NaN) };
}

/** The columns that a file can have. */
export const fetchColumns = (tenant: string | number, signal: AbortSignal) =>
  ask("/columns", { tenant }, signal, async (response) => {
    const answer = (await response.json()) as { columns?: Column[] } | null;
    if (!Array.isArray(answer?.columns)) throw new ExportError(UNREADABLE);
    return answer.columns;
  });

/** How many leads a file would hold. */
export const fetchCount = (request: Partial<ExportRequest>, signal: AbortSignal) =>
  ask("/count", queryOf(request), signal, async (response) => {
    const answer = (await response.json()) as { count?: number } | null;
    if (typeof answer?.count !== "number") throw new ExportError(UNREADABLE);
    return answer.count;
  });

type Query = Record<string, string | number | undefined>;

const queryOf = (request: Partial<ExportRequest>): Query => ({
  status_id: request.status, format: request.format, columns: request.columns?.join(),
  created_from: request.from || undefined, created_to: request.to || undefined, tenant: request.tenant,
});

/** Tells the endpoint that a page of its own site asks: other sites cannot set it. */
const FROM_THE_PAGE = { "X-Requested-With": "XMLHttpRequest" };

/** Asks the endpoint, with a method and a body for JSON where something is to change. */
export async function ask<T>(
  path: string, parameters: Query, signal: AbortSignal, read: (response: Response) => Promise<T>,
  change?: { method: "POST" | "DELETE"; body?: object },
): Promise<T> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, String(value));
  try {
    const response = await fetch(`/api/outbound/leads/export${path}?${query}`, {
      credentials: "include", headers: FROM_THE_PAGE, signal,
      ...(change && { method: change.method }),
      ...(change?.body && {
        headers: { ...FROM_THE_PAGE, "Content-Type": "application/json" }, body: JSON.stringify(change.body),
      }),
    });
    if (!response.ok) throw new ExportError(refusal(response.status, await response.text()));
    return await read(response);
  } catch (error) {
    if (error instanceof ExportError || signal.aborted) throw error;
    // fetch() and the reading of a body throw for a connection that fails or breaks off
    throw new ExportError(error instanceof SyntaxError ? UNREADABLE : NO_CONNECTION);
  }
}

/** What a refusal says to the user: the server's own words where they are Hebrew, in whatever field. */
function refusal(status: number, body: string): string {
  let texts: unknown[] = [];
  try {
    const answer = JSON.parse(body) as { error?: unknown };
    texts = [answer.error, ...Object.values(answer)];
  } catch {
    // a server that fails before it can say so answers in another form
  }
  const hebrew = texts.find((text): text is string => typeof text === "string" && /[\u05d0-\u05ea]/.test(text));
  return hebrew ?? REFUSALS[status] ?? SERVER_FAILED;
}

function fileName(contentDisposition: string | null): string | undefined {
  return /^attachment;.*\bfilename="([\w.-]+)"/.exec(contentDisposition ?? "")?.[1];
}

export const leadsInWords = (leads: number): string =>
  leads === 1 ? "ליד אחד" : `${leads.toLocaleString("he-IL")} לידים`;

/** A size in words: in megabytes, or in kilobytes where it is less than one. */
export function sizeInWords(bytes: number): string {
  const [unit, name] = bytes < 1e6 ? [1e3, "ק״ב"] : [1e6, "מ״ב"];
  return `${(bytes / unit).toLocaleString("he-IL", { maximumFractionDigits: 1 })} ${name}`;
}

export function saveFile(file: ExportedFile): void {
  const url = URL.createObjectURL(file.content);
  const link = document.createElement("a");
  link.href = url;
  link.download = file.name;
  document.body.append(link);
  link.click();
  link.remove();
  // Some browsers read the file only after this event, and none says when it has.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
