// The page of outbound calls around the columns, as small as a demonstration can be: sign in, choose a business,
// export.
import { useEffect, useState } from "react";
import { OutboundKanbanColumn } from "./OutboundKanbanColumn";
import "./page.css";

interface Lead { id: number; full_name: string; phone: string | null }
interface Column { name: string; label: string; leads: Lead[] }
interface Board { user: { role: string; tenant: number | null }; columns: Column[] }

const USERS: [name: string, label: string][] = [
  ["owner7", "בעלת עסק 7"],
  ["admin13", "מנהל בעסק 13"],
  ["support", "מנהלת המערכת"],
  ["agent7", "נציג בעסק 7"],
];
const BUSINESSES = [7, 13];

async function post(path: string, body: object): Promise<void> {
  await fetch(path, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
}

export function OutboundCallsPage() {
  const [board, setBoard] = useState<Board>();
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set());
  const [error, setError] = useState("");
  const shownTenant = board?.user.tenant;

  async function load() {
    const response = await fetch("/api/outbound/board");
    setBoard(response.ok ? ((await response.json()) as Board) : undefined);
    setSelected(new Set());
    setError("");
  }
  async function enter(path: string, body: object) {
    await post(path, body);
    await load();
  }
  useEffect(() => void load(), []);

  return (
    <main>
      <h1>שיחות יוצאות</h1>
      <nav aria-label="כניסה">
        {USERS.map(([user, label]) => (
          <button key={user} type="button" onClick={() => enter("/api/login", { user })}>{label}</button>
        ))}
      </nav>
      {board?.user.role === "system_admin" && (
        <nav aria-label="בחירת עסק">
          {BUSINESSES.map((tenant) => (
            <button key={tenant} type="button" onClick={() => enter("/api/business", { tenant })}>עסק {tenant}</button>
          ))}
        </nav>
      )}
      <p role="alert" hidden={!error}>{error}</p>
      <div className="board">
        {shownTenant && board?.columns.map((column) => (
          <OutboundKanbanColumn
            key={column.name}
            status={column}
            tenant={shownTenant}
            leads={column.leads}
            selectedLeadIds={selected}
            onSelectAll={(ids) => setSelected(new Set([...selected, ...ids]))}
            onClearSelection={(ids) => setSelected(new Set([...selected].filter((id) => !ids.includes(id))))}
            onExportError={setError}
          >
            {column.leads.map((lead) => (
              <article key={lead.id} aria-selected={selected.has(lead.id)}>
                {lead.full_name || "ללא שם"}
                <bdi dir="ltr">{lead.phone}</bdi>
              </article>
            ))}
          </OutboundKanbanColumn>
        ))}
      </div>
    </main>
  );
}
