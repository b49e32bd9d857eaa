import * as artifacts from './artifacts.ts';
import * as capabilities from './capabilities.ts';
import * as channels from './channels.ts';
import * as claims from './claims.ts';
import type { Read, Write } from './context.ts';
import * as calendar from './calendar.ts';
import { decideBatch } from './decision-batch.ts';
import * as decisions from './decisions.ts';
import * as definitions from './definitions.ts';
import * as delegations from './delegations.ts';
import * as events from './events.ts';
import * as keys from './keys.ts';
import * as ledger from './ledger.ts';
import * as participants from './participants.ts';
import { savePlan } from './plans/templates.ts';
import * as plans from './plans/plans.ts';
import * as runs from './runs.ts';
import type { OperationName, ROUTES } from './schema/index.ts';
import * as force from './tasks/force.ts';
import * as stops from './emergency-stop.ts';
import * as policies from './policies.ts';
import * as trial from './policy-trial.ts';
import * as grants from './standing-grants.ts';
import * as tools from './tool-gate.ts';
import * as routing from './routing.ts';
import * as reads from './tasks/reads.ts';
import * as acts from './tasks/acts.ts';
import * as batch from './tasks/batch.ts';
import * as complete from './tasks/complete.ts';
import * as taking from './tasks/taking.ts';
import * as tokens from './tokens.ts';
import * as sight from './sight/sight.ts';

/** What each operation does. A read is a function; a write says what to record and how its answer is made of that. */
type Handlers = {
  readonly [Name in Exclude<OperationName, 'ledger.export'>]: (typeof ROUTES)[Name]['mutates'] extends true
    ? // oxlint-disable-next-line typescript/no-explicit-any -- what is recorded is between `act` and `answer`
      Write<Name, any>
    : Read<Name>;
};

export const HANDLERS: Handlers = {
  'workflow.list_definitions': definitions.listDefinitions,
  'workflow.get_definition': definitions.getDefinition,
  'workflow.save_definition': definitions.saveDefinition,
  'workflow.check_definition': definitions.checkDefinition,
  'workflow.plan': plans.makePlanOperation,
  'plan.list': plans.listPlans,
  'plan.get': plans.getPlan,
  'plan.edit': plans.editPlan,
  'plan.start': plans.startPlan,
  'plan.save': savePlan,
  'workflow.start': runs.startRun,
  'workflow.list_runs': runs.listRuns,
  'workflow.get_run': runs.getRun,
  'workflow.approve': runs.approveRun,
  'workflow.reject': runs.rejectRun,
  'workflow.pause': runs.pauseRun,
  'workflow.stop': runs.stopRun,
  'workflow.resume': runs.resumeRun,
  'workflow.cancel': runs.cancelRun,
  'workflow.rollback': runs.rollbackRun,
  'workflow.signal': runs.signalRun,
  'run.events': events.runEvents,
  'event.list': events.listEvents,
  'task.list': reads.listTasks,
  'task.get': reads.getTask,
  'task.claim_next': taking.claimNext,
  'task.claim': taking.claimTask,
  'task.start': taking.startTask,
  'task.heartbeat': taking.heartbeat,
  'task.progress': acts.progressTask,
  'task.complete': complete.completeTask,
  'task.fail': acts.failTask,
  'task.release': acts.releaseTask,
  'task.decline': taking.declineTask,
  'task.skip': acts.skipTask,
  'task.activate': acts.activateTask,
  'task.nominate': acts.nominateTask,
  'task.stop': acts.stopTask,
  'task.suspend': acts.suspendTask,
  'task.resume': acts.resumeTask,
  'task.delegate': acts.delegateTask,
  'task.forward': acts.forwardTask,
  'task.exit': acts.exitTask,
  'task.force_complete': force.forceCompleteTask,
  'task.force_fail': force.forceFailTask,
  'task.restart': force.restartTask,
  'task.comment': acts.commentTask,
  'task.attach': acts.attachTask,
  'task.detach': acts.detachTask,
  'task.draft': acts.draftTask,
  'task.set': acts.setTask,
  'task.request_help': acts.requestHelp,
  'task.help': acts.helpTask,
  'task.predo': acts.predoTask,
  'task.redo': acts.redoTask,
  'task.batch': batch.batchTasks,
  'task.visibility': sight.getVisibility,
  'task.set_visibility': sight.setVisibility,
  'task.decide': decisions.decideTask,
  'task.decide_batch': decideBatch,
  'participant.register': participants.register,
  'participant.list': participants.listParticipants,
  'participant.get': participants.getParticipant,
  'participant.update': participants.updateParticipant,
  'participant.suspend': participants.suspendParticipant,
  'participant.unsuspend': participants.unsuspendParticipant,
  'participant.revoke': participants.revokeParticipant,
  'participant.set_availability': participants.setAvailability,
  'participant.heartbeat': participants.heartbeat,
  'participant.me': participants.whoAmI,
  'participant.register_key': keys.registerKey,
  'participant.generate_key': keys.generateKey,
  'participant.challenge': keys.challenge,
  'participant.prove': keys.prove,
  'claim.declare': claims.declareClaim,
  'claim.grant': claims.grantClaim,
  'claim.verify': claims.verifyClaim,
  'claim.revoke': claims.revokeClaim,
  'token.issue': tokens.issueToken,
  'token.list': tokens.listTokens,
  'token.revoke': tokens.revokeToken,
  'capability.list': capabilities.listCapabilities,
  'capability.get': capabilities.getCapability,
  'capability.save': capabilities.saveCapability,
  'capability.check': capabilities.checkCapability,
  'capability.delete': capabilities.deleteCapability,
  'delegation.create': delegations.createDelegation,
  'delegation.list': delegations.listDelegations,
  'delegation.get': delegations.getDelegation,
  'delegation.narrow': delegations.narrowDelegation,
  'delegation.approve': delegations.approveDelegation,
  'delegation.reject': delegations.rejectDelegation,
  'delegation.pause': delegations.pauseDelegation,
  'delegation.unpause': delegations.unpauseDelegation,
  'delegation.revoke': delegations.revokeDelegation,
  'webhook.create': channels.createWebhook,
  'webhook.list': channels.listWebhooks,
  'webhook.get': channels.getWebhook,
  'webhook.update': channels.updateWebhook,
  'webhook.delete': channels.deleteWebhook,
  'webhook.rotate_secret': channels.rotateSecret,
  'webhook.test': channels.testWebhook,
  'channel.list': channels.listChannels,
  'channel.deliveries': channels.listDeliveries,
  'channel.redeliver': channels.redeliver,
  'contact.get': channels.getContact,
  'contact.set': channels.setContact,
  'ledger.entries': ledger.ledgerEntries,
  'ledger.checkpoint': ledger.checkpoint,
  'ledger.inclusion': ledger.inclusion,
  'ledger.consistency': ledger.consistency,
  'artifact.get': artifacts.getArtifact,
  'artifact.put': artifacts.putArtifact,
  'routing.explain': routing.explainRouting,
  'policy.list': policies.listPolicies,
  'policy.get': policies.getPolicy,
  'policy.history': policies.policyHistory,
  'policy.propose': policies.proposePolicy,
  'policy.approve': policies.approvePolicy,
  'policy.reject': policies.rejectPolicy,
  'policy.withdraw': policies.withdrawPolicy,
  'policy.effective': trial.effectivePolicy,
  'policy.simulate': trial.simulatePolicies,
  'grant.propose': policies.proposeGrant,
  'grant.list': grants.listGrants,
  'grant.revoke': grants.revokeGrant,
  'organisation.get_calendar': calendar.getCalendar,
  'organisation.set_calendar': calendar.setCalendar,
  'organisation.get_emergency_stop': stops.getEmergencyStop,
  'organisation.emergency_stop': stops.emergencyStop,
  'organisation.lift_emergency_stop': stops.liftEmergencyStop,
  'tool.request': tools.requestTool,
  'tool.get': tools.getTool,
  'tool.use': tools.useTool,
  'tool.done': tools.toolDone,
  'tool.failed': tools.toolFailed,
  'health.get': ledger.health,
};
