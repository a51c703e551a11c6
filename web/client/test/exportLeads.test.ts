// @vitest-environment jsdom
// What is fetched for an export, and what its failures mean to the user.
import { afterEach, expect, test, vi } from "vitest";
import { ExportError, fetchExport, saveFile } from "../src/exportLeads";

function answerWith(body: BodyInit, init: ResponseInit = {}) {
  const fetch = vi.fn(async (_input: string, _init?: RequestInit) => new Response(body, init));
  vi.stubGlobal("fetch", fetch);
  return fetch;
}

const named = (name: string) => ({ headers: { "Content-Disposition": `attachment; filename="${name}"` } });

async function failure() {
  const error: unknown = await fetchExport("new", 7).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(ExportError);
  return (error as ExportError).message;
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test.each([
  [7, "7"],
  ["a&tenant=13", "a%26tenant%3D13"],
])("asks the endpoint for the status of tenant %j as CSV, with the session's cookie", async (tenant, encoded) => {
  const fetch = answerWith("a", named("a.csv"));
  await fetchExport("closed & won", tenant);
  expect(fetch).toHaveBeenCalledOnce();
  expect(fetch).toHaveBeenCalledWith(
    `/api/outbound/leads/export?status_id=closed+%26+won&format=csv&tenant=${encoded}`, { credentials: "include" });
});

test("takes the file's name from Content-Disposition, and its bytes as they are", async () => {
  answerWith(new Uint8Array([0xef, 0xbb, 0xbf, 0x61, 0xff]), named("outbound_leads_status_new_2025-12-23.csv"));
  const file = await fetchExport("new", 7);
  expect(file.name).toBe("outbound_leads_status_new_2025-12-23.csv");
  expect(file.content.size).toBe(5); // a decoder would have dropped the mark and replaced the last byte
});

test("a network error says that there is no connection", async () => {
  vi.stubGlobal("fetch", async () => { throw new TypeError("Failed to fetch"); });
  expect(await failure()).toContain("אין חיבור לשרת");
});

test("a file that breaks off says that there is no connection", async () => {
  answerWith(new ReadableStream({ start: (body) => body.error(new TypeError("network error")) }), named("a.csv"));
  expect(await failure()).toContain("אין חיבור לשרת");
});

test("a server's message is shown as it is", async () => {
  answerWith(JSON.stringify({ error: "הקובץ גדול מדי" }), { status: 413 });
  expect(await failure()).toBe("הקובץ גדול מדי");
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
  saveFile({ name: "a.csv", content: new Blob(["a"]) });
  expect(clicked).toEqual([["blob:a", "a.csv"]]);
  expect(document.querySelector("a")).toBeNull();
  expect(revoke).not.toHaveBeenCalled();
  vi.runAllTimers();
  expect(revoke).toHaveBeenCalledWith("blob:a");
  click.mockRestore();
});
