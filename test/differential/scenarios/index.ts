import type { Scenario } from '../scenario.ts';
import { adding } from './add.ts';
import { autoinstalling } from './autoinstall.ts';
import { building } from './build.ts';
import { commandLine } from './command-line.ts';
import { confLanguage } from './conf-language.ts';
import { confOverrides } from './conf-overrides.ts';
import { confValidation } from './conf-validation.ts';
import { frameworks } from './framework.ts';
import { installing } from './install.ts';
import { kbuild } from './kbuild.ts';
import { dependents, kernelHooks, matching } from './kernel-actions.ts';
import { making } from './make.ts';
import { objects } from './objects.ts';
import { scripts } from './scripts.ts';
import { statuses } from './status.ts';
import { takingAway } from './taking-away.ts';
import { tarballs } from './tarballs.ts';
import { rpm, signing, trees } from './trees.ts';
import { originalModules, versions } from './versions.ts';

export const scenarios: readonly Scenario[] = [
  ...commandLine,
  ...adding,
  ...building,
  ...installing,
  ...takingAway,
  ...statuses,
  ...autoinstalling,
  ...dependents,
  ...matching,
  ...kernelHooks,
  ...tarballs,
  ...confLanguage,
  ...confOverrides,
  ...confValidation,
  ...making,
  ...scripts,
  ...objects,
  ...versions,
  ...originalModules,
  ...frameworks,
  ...trees,
  ...signing,
  ...rpm,
  ...kbuild,
];
