/** On what an act rests. `id` names the policy, definition, approval, delegation, role or system rule; `version` pins it. */
export interface Authority {
  readonly kind: 'policy' | 'definition' | 'approval' | 'delegation' | 'role' | 'system';
  readonly id: string;
  readonly version?: string;
}

/** Who did it (`actor`, a passport id or `system:NAME`), for which accountable human, on what authority. */
export interface Attribution {
  readonly actor: string;
  readonly onBehalfOf: string | null;
  readonly authority: Authority;
}

/** The engine itself, which carries out what a definition says. */
export const ENGINE_ACTOR = 'system:humanos';
