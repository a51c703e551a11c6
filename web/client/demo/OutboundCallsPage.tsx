// The page of outbound calls around the columns, as small as a demonstration can be: sign in, choose a business,
// export.
import * as React from "react";
import { OutboundKanbanColumn } from "./OutboundKanbanColumn";
import "./page.css";

interface Lead { id: number; full_name: string; phone: string | null }
interface Column {
  name: string;
  label: string;
  color: string;
  total: number;
  leads: Lead[];
  /** Where the leads begin that were loaded last. */
  lastPage?: number;
}
interface Board { user: { role: string; tenant: number | null }; columns: Column[] }

/** Those that the endpoint lets export; the others don't see the button. */
export const EXPORT_ROLES = ["system_admin", "owner", "admin"];

const USERS: [name: string, label: string][] = [
  ["owner7", "בעלת עסק 7"],
  ["admin13", "מנהל בעסק 13"],
  ["support", "מנהלת המערכת"],
  ["agent7", "נציג בעסק 7"],
  ["owner21", "בעל עסק 21, בלי הדף"],
];
const BUSINESSES = [7, 13];

async function post(path: string, body: object): Promise<void> {
  await fetch(path, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
}

export function OutboundCallsPage() {
  const [board, setBoard] = React.useState<Board>();
  const [selected, setSelected] = React.useState<ReadonlySet<number>>(new Set());
  const [error, setError] = React.useState("");
  const shownTenant = board?.user.tenant;

  async function load() {
    const response = await fetch("/api/outbound/board");
    setBoard(response.ok ? ((await response.json()) as Board) : undefined);
    setError(response.status === 403 ? ((await response.json()) as { error: string }).error : "");
    setSelected(new Set());
  }
  async function enter(path: string, body: object) {
    await post(path, body);
    await load();
  }
  /** The page of a column's leads that follows those that are loaded, unless the board is another one by then. */
  async function loadMore(name: string, loaded: number) {
    const response = await fetch(`/api/outbound/board/${name}?loaded=${loaded}`);
    if (!response.ok) return setError("הטעינה נכשלה. יש לרענן את הדף");
    const { leads } = (await response.json()) as { leads: Lead[] };
    setBoard((now) => now && { ...now, columns: now.columns.map((column) =>
      now.user.tenant === shownTenant && column.name === name && column.leads.length === loaded
        ? { ...column, leads: [...column.leads, ...leads], lastPage: loaded } : column) });
  }
  function select(ids: number[], isSelected: boolean) {
    setSelected(new Set(isSelected ? [...selected, ...ids] : [...selected].filter((id) => !ids.includes(id))));
  }
  React.useEffect(() => void load(), []);

  return (
    <>
      <header>
        <h1>שיחות יוצאות</h1>
        <nav aria-label="כניסה">
          {USERS.map(([user, label]) => (
            <button key={user} type="button" onClick={() => enter("/api/login", { user })}>{label}</button>
          ))}
        </nav>
        {board?.user.role === "system_admin" && (
          <nav aria-label="בחירת עסק">
            {BUSINESSES.map((tenant) => (
              <button key={tenant} type="button" onClick={() => enter("/api/business", { tenant })}>
                עסק {tenant}
              </button>
            ))}
          </nav>
        )}
      </header>
      <main>
        <div className="board">
          {shownTenant && board?.columns.map((column) => (
            <OutboundKanbanColumn
              key={column.name}
              status={column}
              tenant={shownTenant}
              leads={column.leads}
              total={column.total}
              canExport={EXPORT_ROLES.includes(board.user.role)}
              selectedLeadIds={selected}
              onSelectAll={(ids) => select(ids, true)}
              onClearSelection={(ids) => select(ids, false)}
              onMore={() => void loadMore(column.name, column.leads.length)}
              onExportStart={() => setError("")}
              onExportError={setError}
            >
              {column.leads.map((lead, index) => (
                <li key={lead.id}>
                  <label className="card">
                    {/* the focus goes on from the button that loaded the page, which may be gone */}
                    <input type="checkbox" checked={selected.has(lead.id)} autoFocus={index === column.lastPage}
                      onChange={(event) => select([lead.id], event.target.checked)} />
                    <span>{lead.full_name || "ללא שם"}</span>
                    <bdi dir="ltr">{lead.phone}</bdi>
                  </label>
                </li>
              ))}
            </OutboundKanbanColumn>
          ))}
        </div>
        {error && <p className="page-error" role="alert">{error}</p>}
      </main>
    </>
  );
}
