import { compareLives } from '../support/archive/life.ts';
import { archivePackages } from '../support/recipes.ts';

compareLives(archivePackages);
