import type { Contract } from './contract.ts';

/** What the planner sees of the organisation: the same view gives the same plan. */
export interface PlanningView {
  /** Those of which there is a document, and those that participants have by name alone, in any order. */
  readonly contracts: readonly Contract[];
  /** Who would get such work now. */
  choose(work: PlannedWork): Choice;
  /** What work with this capability took this participant; null where there is no history. */
  experience(participant: string, capability: string): Experience | null;
  /** Whether the participant is one of these parties. */
  isOneOf(participant: string, parties: readonly string[]): boolean;
}

export interface PlannedWork {
  readonly requires: readonly string[];
  readonly by: 'agent' | 'human' | null;
  readonly from: readonly string[];
  readonly priority: number;
}
export interface Choice {
  /** Null: nobody could do it. */
  readonly assignee: { readonly id: string; readonly name: string } | null;
  /** Why that one, or what is missing, in words. */
  readonly reason: string;
  /** Tasks that all who are eligible can hold at once. */
  readonly capacity: number;
  /** What boundaries ask before that one begins: the run asks for it by itself, so that it is no step of the plan's own. */
  readonly approval: RequiredApproval | null;
}
/** Per finished task. */
export interface Experience {
  readonly samples: number;
  /** ms. */
  readonly duration: number | null;
  readonly cost: { readonly amount: number; readonly currency: string } | null;
  readonly tokens: number | null;
}
export interface RequiredApproval {
  readonly from: readonly string[];
  readonly reason: string;
}
