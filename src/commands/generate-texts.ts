import { renderCompletion, type Shell } from '../reference/completion.ts';
import { dkmsProgram } from '../reference/dkms-program.ts';
import { type PageName, pageNames, renderPage } from '../reference/manual.ts';
import { ownProgram } from '../reference/own-program.ts';
import { type Delivery, deliver } from './generate.ts';

export interface CompletionOptions extends Delivery {
  readonly shell: Shell;
  readonly for: 'kmodsmith' | 'dkms';
}

const plain = 0o644;

/** Where distributions look for a program's completions. */
const completionPaths: Readonly<Record<Shell, (program: string) => string>> = {
  bash: (program) => `usr/share/bash-completion/completions/${program}`,
  zsh: (program) => `usr/share/zsh/vendor-completions/_${program}`,
  fish: (program) => `usr/share/fish/vendor_completions.d/${program}.fish`,
};

/** `kmodsmith generate completion SHELL`: what a shell needs to complete the command line of kmodsmith or of dkms. */
export async function runGenerateCompletion({
  shell,
  for: name,
  ...delivery
}: CompletionOptions): Promise<number> {
  const program = name === 'dkms' ? dkmsProgram() : ownProgram();
  const content = renderCompletion(program, shell);
  return deliver([{ path: completionPaths[shell](name), mode: plain, content }], delivery);
}

export interface ManOptions extends Delivery {
  readonly page: PageName | undefined;
}

/** `kmodsmith generate man [PAGE]`: the manual pages, or one of them. */
export async function runGenerateMan({ page, ...delivery }: ManOptions): Promise<number> {
  const wanted = page === undefined ? pageNames : [page];
  const files = wanted.map((name) => ({
    path: `usr/share/man/man${name.at(-1)}/${name}`,
    mode: plain,
    content: renderPage(name),
  }));
  return deliver(files, delivery);
}
