import { expect, it } from 'vitest';
import { findSystemKind, whyOstree } from '../../../src/core/system-kind.ts';
import { makeScratchFolder } from '../../support/scratch-folder.ts';

async function kindOf(files: readonly string[], environment: Record<string, string> = {}) {
  const root = makeScratchFolder();
  for (const file of files) root.write(file, '');
  const question = { layout: { root: root.path }, environment };
  return { ...(await findSystemKind(question)), isOstree: (await whyOstree(question)) !== undefined };
}

it.each<[string, string[], Record<string, string>]>([
  ['that booted by it', ['run/ostree-booted'], {}],
  ['that booted by it, however its tree looks', ['run/ostree-booted', 'var/lib/dkms/toy/1.0/source'], {}],
  ['whose kernel-install calls its plugins', [], { KERNEL_INSTALL_LAYOUT: 'ostree' }],
])('knows a system of ostree %s', async (_what, files, environment) => {
  expect(await kindOf(files, environment)).toMatchObject({ kind: 'ostree', isOstree: true });
});

it.each<[string, string[], Record<string, string>]>([
  ['what is below another root', ['usr/src/toy-1.0/dkms.conf'], {}],
  ['what is to become an image of ostree', ['ostree/repo/config', 'sysroot/ostree/repo/config'], {}],
  ['one that kernel-install lays out otherwise', [], { KERNEL_INSTALL_LAYOUT: 'bls' }],
])('takes %s for an image', async (_what, files, environment) => {
  const found = await kindOf(files, environment);
  expect(found).toEqual({ kind: 'image', why: 'it is worked on from outside', isOstree: false });
});

it('names the sign by which it knows', async () => {
  expect((await kindOf(['run/ostree-booted'])).why).toBe('/run/ostree-booted is there');
  expect((await kindOf([], { KERNEL_INSTALL_LAYOUT: 'ostree' })).why).toBe(
    'kernel-install has layout=ostree',
  );
});

it('knows a container by what its engine says', async () => {
  const question = { layout: { root: '/' }, environment: { container: 'podman' } };
  expect(await findSystemKind(question)).toMatchObject({
    kind: 'image',
    why: expect.stringContaining('container'),
  });
});
