/** Form field: a field of a schema's form, with its name, what it is for, and what is wrong with what was typed. */
import { Plus, X } from "lucide-react";
import { useId, type ReactNode } from "react";
import { Button } from "../../parts/button.tsx";
import { plain } from "../../parts/text.ts";
import { blank, type Complaint, type Field, type Typed } from "./fields.ts";

const INPUT =
  "w-full rounded-chip border border-strong bg-paper px-2 py-1 text-small aria-invalid:border-bad placeholder:text-soft";

export interface FormFieldProps {
  readonly field: Field;
  readonly typed: Typed;
  readonly onTyped: (typed: Typed) => void;
  readonly wrong: readonly Complaint[];
  readonly path?: string;
  /** Instead of the field's own name, for what has none. */
  readonly label?: string;
}

export function FormField({ field, typed, onTyped, wrong, path = "", label }: FormFieldProps) {
  const id = useId();
  const name = label ?? (field.name === "" ? "input" : field.name);
  if (field.kind === "object" || field.kind === "list") {
    const Inner = field.kind === "object" ? ObjectField : ListField;
    return (
      <fieldset className={path === "" ? "grid gap-2" : "grid gap-2 rounded-box border border-line p-2.5"}>
        <legend className={path === "" ? "sr-only" : "px-1 text-small"}>
          <Name name={name} field={field} />
        </legend>
        <Inner {...{ field: field as never, typed, onTyped, wrong, path }} />
      </fieldset>
    );
  }
  const complaint = wrong.find((each) => each.path === path);
  const described = complaint ? `${id}-wrong` : field.description === undefined ? undefined : `${id}-about`;
  return (
    <div className="grid gap-0.5">
      <label htmlFor={id} className="text-small">
        <Name name={name} field={field} />
      </label>
      {field.description !== undefined && (
        <p id={`${id}-about`} className="text-tiny text-soft">
          {plain(field.description)}
        </p>
      )}
      <Input
        {...{ field, onTyped }}
        id={id}
        value={typeof typed === "string" ? typed : ""}
        isWrong={complaint !== undefined}
        described={described}
      />
      {complaint && (
        <p id={`${id}-wrong`} className="text-tiny text-bad">
          {plain(name)} {complaint.rule}
        </p>
      )}
    </div>
  );
}

function Name({ name, field }: { readonly name: string; readonly field: Field }): ReactNode {
  return (
    <>
      <span className="font-mono text-tiny">{plain(name)}</span>
      {!field.isNeeded && <span className="text-tiny text-soft"> optional</span>}
    </>
  );
}

interface InputProps {
  readonly field: Field;
  readonly id: string;
  readonly value: string;
  readonly onTyped: (typed: Typed) => void;
  readonly isWrong: boolean;
  readonly described: string | undefined;
}

function Input({ field, id, value, onTyped, isWrong, described }: InputProps) {
  const shared = {
    id,
    value,
    className: INPUT,
    "aria-invalid": isWrong,
    "aria-describedby": described,
    onChange: (event: { readonly target: { readonly value: string } }) => onTyped(event.target.value),
  };
  if (field.kind === "choice" || field.kind === "switch") {
    const options = field.kind === "switch" ? ["yes", "no"] : field.choices.map((_, at) => String(at));
    return (
      <select {...shared}>
        {!field.isNeeded && <option value="">not said</option>}
        {options.map((option) => (
          <option key={option} value={option}>
            {field.kind === "choice" ? plain(String(field.choices[Number(option)])) : option}
          </option>
        ))}
      </select>
    );
  }
  if (field.kind === "json")
    return (
      <textarea {...shared} className={`${INPUT} font-mono`} rows={3} spellCheck={false} placeholder="JSON" />
    );
  if (field.kind === "text" && field.isLong) return <textarea {...shared} rows={2} />;
  const mode = field.kind === "number" ? ({ inputMode: "decimal" } as const) : {};
  return <input {...shared} {...mode} type="text" autoComplete="off" />;
}

function ObjectField({
  field,
  typed,
  onTyped,
  wrong,
  path = "",
}: FormFieldProps & { readonly field: Field & { kind: "object" } }) {
  const values = typed as Readonly<Record<string, Typed>>;
  return field.fields.map((each) => (
    <FormField
      key={each.name}
      field={each}
      typed={values[each.name] ?? blank(each)}
      wrong={wrong}
      path={path === "" ? each.name : `${path}.${each.name}`}
      onTyped={(next) => onTyped({ ...values, [each.name]: next })}
    />
  ));
}

function ListField({
  field,
  typed,
  onTyped,
  wrong,
  path = "",
}: FormFieldProps & { readonly field: Field & { kind: "list" } }) {
  const items = Array.isArray(typed) ? (typed as readonly Typed[]) : [];
  return (
    <>
      {items.map((each, at) => (
        <div key={at} className="flex items-start gap-1.5">
          <div className="grow">
            <FormField
              field={field.item}
              label={`${at + 1}`}
              typed={each}
              wrong={wrong}
              path={`${path}[${at}]`}
              onTyped={(next) => onTyped(items.with(at, next))}
            />
          </div>
          <Button
            kind="quiet"
            aria-label={`Take out ${at + 1}`}
            onClick={() => onTyped(items.toSpliced(at, 1))}
          >
            <X size={13} aria-hidden />
          </Button>
        </div>
      ))}
      <p>
        <Button onClick={() => onTyped([...items, blank(field.item)])}>
          <Plus size={13} aria-hidden />
          One more
        </Button>
      </p>
    </>
  );
}
