import { compareLives } from '../support/archive/life.ts';
import { isWhole } from '../support/extent.ts';
import { archivePackages } from '../support/recipes.ts';

// A small one; `npm run test:long` has fifteen.
compareLives(isWhole ? archivePackages : ['acpi-call-dkms']);
