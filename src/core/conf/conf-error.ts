import { KmodsmithError } from '../../errors.ts';

/** What is wrong with a dkms.conf, whoever finds it. */
export function confError(
  code: 'CONF_MISSING' | 'CONF_UNREADABLE' | 'CONF_SYNTAX' | 'CONF_TIMEOUT',
  message: string,
) {
  return new KmodsmithError(code, message, {
    hint: 'Mend the file, or reinstall the package that it comes from.',
  });
}
