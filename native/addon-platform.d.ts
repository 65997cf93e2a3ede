/** For tests: the platform that the header of an addon names. */
export function addonPlatform(addon: Buffer): string;
