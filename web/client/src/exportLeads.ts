// Fetches the export of a status from the endpoint, and hands it to the browser's download.

export interface ExportedFile {
  name: string;
  content: Blob;
}

/** An export that failed, with a message for the user. */
export class ExportError extends Error {}

const NO_CONNECTION = "אין חיבור לשרת. יש לבדוק את הרשת ולנסות שוב";
const SERVER_FAILED = "הייצוא נכשל. יש לנסות שוב מאוחר יותר";
const UNREADABLE = "התקבלה תשובה לא תקינה מהשרת. יש לרענן את הדף ולנסות שוב";

/** The file of a status, whole; throws an ExportError. The endpoint refuses a tenant that is not the session's: another
 * one may have been chosen since, in another tab. */
export async function fetchExport(statusName: string, tenant: string | number): Promise<ExportedFile> {
  const query = new URLSearchParams({ status_id: statusName, format: "csv", tenant: String(tenant) });
  try {
    const response = await fetch(`/api/outbound/leads/export?${query}`, { credentials: "include" });
    if (!response.ok) throw new ExportError(await serverMessage(response));
    const name = fileName(response.headers.get("Content-Disposition"));
    if (!name) throw new ExportError(UNREADABLE); // the sign-in page of a proxy, for one
    return { name, content: await response.blob() };
  } catch (error) {
    // fetch() and blob() throw for a connection that fails or breaks off
    throw error instanceof ExportError ? error : new ExportError(NO_CONNECTION);
  }
}

/** What the server says of its refusal; a server that fails before it can say so answers in another form. */
async function serverMessage(response: Response): Promise<string> {
  try {
    const answer: unknown = JSON.parse(await response.text());
    if (typeof answer === "object" && answer !== null && "error" in answer && typeof answer.error === "string") {
      return answer.error || SERVER_FAILED;
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return SERVER_FAILED;
}

function fileName(contentDisposition: string | null): string | undefined {
  return /^attachment;.*\bfilename="([\w.-]+)"/.exec(contentDisposition ?? "")?.[1];
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
