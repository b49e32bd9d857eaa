export { ineligible, isNamed, lacking, type Ineligible, type Requirement } from './eligible.ts';
export { accountableFor, type Passport, type PassportStatus } from './passport.ts';
