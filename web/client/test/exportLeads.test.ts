// @vitest-environment jsdom
// What is fetched for an export, and what its failures mean to the user.
import { afterEach, expect, test, vi } from "vitest";
import {
  ExportError, fetchColumns, fetchCount, fetchExport, saveFile, type ExportRequest, type Progress,
} from "../src/exportLeads";

function answerWith(body: BodyInit, init: ResponseInit = {}) {
  const fetch = vi.fn(async (_input: string, _init?: RequestInit) => new Response(body, init));
  vi.stubGlobal("fetch", fetch);
  return fetch;
}

const named = (name: string) => ({ headers: { "Content-Disposition": `attachment; filename="${name}"` } });

const NEW: ExportRequest = { status: "new", tenant: 7, format: "csv" };
const get = (
  request = NEW, signal = new AbortController().signal, onProgress: (progress: Progress) => void = () => {},
) => fetchExport(request, signal, onProgress);

async function failure(asked: Promise<unknown> = get()) {
  const error: unknown = await asked.catch((error: unknown) => error);
  expect(error).toBeInstanceOf(ExportError);
  return (error as ExportError).message;
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test.each([
  [{}, "status_id=new&format=csv&tenant=7"],
  [{ status: "closed & won", tenant: "a&tenant=13" }, "status_id=closed+%26+won&format=csv&tenant=a%26tenant%3D13"],
  [{ format: "xlsx", columns: ["phone", "lead_id"], from: "2025-12-01", to: "2025-12-31" },
    "status_id=new&format=xlsx&columns=phone%2Clead_id&created_from=2025-12-01&created_to=2025-12-31&tenant=7"],
  [{ from: "", to: "" }, "status_id=new&format=csv&tenant=7"],
  [{ columns: [] }, "status_id=new&format=csv&columns=&tenant=7"], // which is refused: it does not stand for all
] as const)("asks the endpoint for %j, with the session's cookie", async (request, query) => {
  const fetch = answerWith("a", named("a.csv"));
  const { signal } = new AbortController();
  await get({ ...NEW, ...request } as ExportRequest, signal);
  expect(fetch).toHaveBeenCalledExactlyOnceWith(
    `/api/outbound/leads/export?${query}`,
    { credentials: "include", headers: { "X-Requested-With": "XMLHttpRequest" }, signal });
});

test("takes the file's name and its number of leads from the headers, and its bytes as they are", async () => {
  const headers = { ...named("outbound_leads_status_new_2025-12-23.csv").headers, "X-Lead-Count": "108" };
  answerWith(new Uint8Array([0xef, 0xbb, 0xbf, 0x61, 0xff]), { headers });
  const file = await get();
  expect([file.name, file.leadCount]).toEqual(["outbound_leads_status_new_2025-12-23.csv", 108]);
  expect(file.content.size).toBe(5); // a decoder would have dropped the mark and replaced the last byte
});

test("where the answer does not say how many leads the file holds, that is not none", async () => {
  answerWith("a", named("a.csv"));
  expect((await get()).leadCount).toBeNaN();
});

/** A body that arrives in pieces. */
const pieces = (...texts: string[]) => new ReadableStream({
  start: (body) => {
    for (const text of texts) body.enqueue(new TextEncoder().encode(text));
    body.close();
  },
});

test.each([
  ["with its length", { "Content-Length": "5" }, 5],
  ["without a length", {}, 0],
  ["with a length that is none", { "Content-Length": "5, 5" }, 0],
  ["compressed on the way, with the length of that", { "Content-Length": "3", "Content-Encoding": "gzip" }, 0],
])("says how much of a file has arrived that comes %s", async (_, headers, total) => {
  answerWith(pieces("abc", "de"), { headers: { ...named("a.csv").headers, ...headers } });
  const onProgress = vi.fn();
  await get(NEW, new AbortController().signal, onProgress);
  expect(onProgress.mock.calls).toEqual([[{ received: 3, total }], [{ received: 5, total }]]);
});

test("a file that is shorter than its length is not taken for a whole one", async () => {
  answerWith(pieces("abc"), { headers: { ...named("a.csv").headers, "Content-Length": "5" } });
  expect(await failure()).toContain("אין חיבור לשרת");
});

test("an export that is stopped raises what the signal says, which is no message for the user", async () => {
  const controller = new AbortController();
  vi.stubGlobal("fetch", async () => { controller.abort(); throw new DOMException("aborted", "AbortError"); });
  await expect(get(NEW, controller.signal)).rejects.toMatchObject({ name: "AbortError" });
});

test("asks which columns there are, and how many leads a file would hold", async () => {
  const { signal } = new AbortController();
  const columns = [{ name: "phone", header: "טלפון" }];
  const fetch = answerWith(JSON.stringify({ columns }));
  expect(await fetchColumns(7, signal)).toEqual(columns);
  expect(fetch.mock.lastCall![0]).toBe("/api/outbound/leads/export/columns?tenant=7");
  const counted = answerWith(JSON.stringify({ count: 0 }));
  expect(await fetchCount({ status: "new", tenant: 7, from: "2025-12-01", to: "" }, signal)).toBe(0);
  expect(counted.mock.lastCall![0]).toBe(
    "/api/outbound/leads/export/count?status_id=new&created_from=2025-12-01&tenant=7");
});

test.each(["<html>sign in</html>", "{}", "null", '{"columns": null, "count": "7"}'])(
  "an answer that holds neither columns nor a count is unreadable: %s", async (body) => {
    answerWith(body);
    expect(await failure(fetchColumns(7, new AbortController().signal))).toContain("תשובה לא תקינה");
    expect(await failure(fetchCount(NEW, new AbortController().signal))).toContain("תשובה לא תקינה");
  });

test("a network error says that there is no connection", async () => {
  vi.stubGlobal("fetch", async () => { throw new TypeError("Failed to fetch"); });
  expect(await failure()).toContain("אין חיבור לשרת");
});

test("a file that breaks off says that there is no connection", async () => {
  answerWith(new ReadableStream({ start: (body) => body.error(new TypeError("network error")) }), named("a.csv"));
  expect(await failure()).toContain("אין חיבור לשרת");
});

test.each([
  [413, { error: "הקובץ גדול מדי", detail: "the export is larger than 1 GB" }, "הקובץ גדול מדי"],
  [403, { error: "forbidden", message: "אין גישה לדף" }, "אין גישה לדף"],
  [400, { detail: "שם", error: "העמודה אינה מוכרת" }, "העמודה אינה מוכרת"],
  [403, { error: "forbidden" }, "אין לך הרשאה"],
  [401, { error: "Unauthorized" }, "ההתחברות פגה"],
  [401, {}, "ההתחברות פגה"],
])("a %i answered with %j is shown in Hebrew", async (status, body, message) => {
  answerWith(JSON.stringify(body), { status });
  expect(await failure()).toContain(message);
});

test.each([
  ["a page of HTML", "<html>502 Bad Gateway</html>"],
  ["JSON without a message", "{}"],
  ["JSON that is no object", "null"],
  ["an empty message", '{"error": ""}'],
  ["nothing", ""],
])("an error answered with %s says that the export failed", async (_, body) => {
  answerWith(body, { status: 502 });
  expect(await failure()).toContain("הייצוא נכשל");
});

test.each([
  ["has no name", {}],
  ["is shown instead of saved", { headers: { "Content-Disposition": "inline" } }],
  ["is named with a path", named("../a.csv")],
])("an answer that %s is unreadable", async (_, init) => {
  answerWith("<html>sign in</html>", init);
  expect(await failure()).toContain("תשובה לא תקינה");
});

test("the file goes to the browser's download, and its memory back later", () => {
  vi.useFakeTimers();
  const clicked: [string, string][] = [];
  const revoke = vi.fn();
  vi.stubGlobal("URL", Object.assign(URL, { createObjectURL: () => "blob:a", revokeObjectURL: revoke }));
  const click = vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLAnchorElement) {
    clicked.push([this.href, this.download]);
  });
  saveFile({ name: "a.csv", content: new Blob(["a"]), leadCount: 1 });
  expect(clicked).toEqual([["blob:a", "a.csv"]]);
  expect(document.querySelector("a")).toBeNull();
  expect(revoke).not.toHaveBeenCalled();
  vi.runAllTimers();
  expect(revoke).toHaveBeenCalledWith("blob:a");
  click.mockRestore();
});
