/** Nobody can begin with the task now: when that changes it is in line again. */
const OF_THE_TASK = ['task_closed', 'task_status', 'task_kind', 'task_held', 'run_status', 'run_unknown'];
/** It is not for this participant, or not now. */
const OF_BOTH = [
  'participant_excluded',
  'not_offered',
  'case_handled',
  'load_reached',
  'separation_of_duties',
  'policy_denied',
  'human_required',
  'emergency_stop',
  'emergency_stop_unknown',
  'policies_unreadable',
];

/** What the refusal of a claim is about: the task, both together, or, whatever else it is, who claims and the way it does. */
export const aboutWhat = (code: string): 'task' | 'both' | 'claimant' => {
  if (OF_THE_TASK.includes(code)) return 'task';
  return OF_BOTH.includes(code) ? 'both' : 'claimant';
};
