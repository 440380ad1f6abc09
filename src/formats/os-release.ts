import { parseShellAssignments } from './shell-assignments.ts';

/** The fields of os-release(5) that say which distribution this is. */
export interface OsRelease {
  readonly id: string;
  /** Distributions this one derives from, closest first. */
  readonly idLike: readonly string[];
  readonly name?: string;
  readonly versionId?: string;
}

/** Parses /etc/os-release. ID is `linux` when it is missing or empty; the last of two equal assignments counts. */
export function parseOsRelease(text: string): OsRelease {
  const fields = parseShellAssignments(text);
  const name = fields.get('NAME');
  const versionId = fields.get('VERSION_ID');
  return {
    id: fields.get('ID') || 'linux',
    idLike: (fields.get('ID_LIKE') ?? '').split(/\s+/).filter((word) => word !== ''),
    ...(name !== undefined && { name }),
    ...(versionId !== undefined && { versionId }),
  };
}
