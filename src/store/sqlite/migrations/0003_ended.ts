/** What has ended is found, to be archived, by the runs that nobody else has started: their children go with them. */
export const ended = `
CREATE INDEX streams_ended ON streams (status) WHERE parent IS NULL AND status >= 10;
`;
