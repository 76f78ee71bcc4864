/** Me: who looks at the page, and what they may, so that it offers nothing that the hub would refuse. The hub decides; where it does not say, all is offered. */
import { useQuery } from "@tanstack/react-query";
import type { Me, Right } from "../api/types.ts";
import { queries } from "../api/queries.ts";

/** Stands for everything. */
export const EVERYTHING = "*";
const PEOPLE = "~people/";
/** A person, where a right is about people as well as agents. */
export const personCalled = (name: string): string => `${PEOPLE}${name}`;

/** Whether somebody may do this to that: an agent, a person, a topic, or everything. */
export function may({ rights, tenant }: Me, right: Right, subject: string = EVERYTHING): boolean {
  const name = subject.startsWith(PEOPLE) ? subject.slice(PEOPLE.length) : subject;
  if (tenant !== undefined && !name.startsWith(`${tenant}.`)) return false;
  return (rights[right] ?? []).some((each) =>
    each.endsWith("*") ? subject.startsWith(each.slice(0, -1)) : each === subject,
  );
}

/** Whether there is anything at all that somebody may do this to. */
export const mayAny = ({ rights }: Me, right: Right): boolean => (rights[right] ?? []).length > 0;

/** Asks of a right, once it is known who looks; before that, and where it is not told, all is offered. */
export function useMay(): (right: Right, subject?: string) => boolean {
  const { data: me } = useQuery(queries.me);
  return (right, subject) => me === undefined || may(me, right, subject);
}
