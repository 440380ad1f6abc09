import { compareLives } from '../support/archive/life.ts';

// A small one; `npm run test:long` has fifteen.
compareLives(['acpi-call-dkms']);
