// A button that removes something when its question is answered, in the place where it stands.
import * as React from "react";
import { Trash2 } from "lucide-react";

export interface RemoveButtonProps {
  /** What a screen reader calls the button. */
  label: string;
  question: string;
  onRemove: () => void;
}

export function RemoveButton({ label, question, onRemove }: RemoveButtonProps) {
  const [state, setState] = React.useState<"new" | "asked" | "kept">("new");
  // The focus goes with the question, and back.
  if (state === "asked") {
    return (
      <span role="group" aria-label={question}>
        {question}
        <button type="button" autoFocus onClick={onRemove}>מחיקה</button>
        <button type="button" onClick={() => setState("kept")}>ביטול</button>
      </span>
    );
  }
  return (
    <button
      type="button" title={label} aria-label={label} autoFocus={state === "kept"} onClick={() => setState("asked")}
    >
      <Trash2 aria-hidden />
    </button>
  );
}
