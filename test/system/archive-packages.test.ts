import { compareLives } from '../support/archive/life.ts';

// The smallest; `npm run test:long` has fifteen.
compareLives(['vpoll-dkms', 'acpi-call-dkms', 'vhba-dkms']);
