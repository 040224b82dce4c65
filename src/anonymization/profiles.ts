/**
 * What is looked for, each profile adding to the one before it:
 * - `documented`: the five kinds of the documented preparation step (numeric and ISO dates, labelled patient ids,
 *   phones, e-mails);
 * - `literature`: also written dates and checksummed documents; nothing that scientific prose contains by nature.
 *   The default;
 * - `clinical`: recall: also names, places, institutions, partial dates and every labelled number.
 */
export const profileNames = ['documented', 'literature', 'clinical'] as const

/** The name of a profile. */
export type ProfileName = (typeof profileNames)[number]

/** True when a rule that starts at `since` is active in `profile`. */
export function isActive(since: ProfileName, profile: ProfileName): boolean {
  return profileNames.indexOf(since) <= profileNames.indexOf(profile)
}
